using System;
using System.Globalization;
using System.IO;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Qemu.Isolation;

/// <summary>Whom QEMU runs as (setting <c>hypervisor.user</c>).</summary>
internal sealed class QemuUser : IDisposable
{
    private const string Root = "root";

    private readonly UserLease? _lease;

    private QemuUser(ProcessUser? user, UserLease? lease)
    {
        User = user;
        _lease = lease;
    }

    /// <summary>The user; null for root, with all it may do.</summary>
    public ProcessUser? User { get; }

    /// <summary>Finds the user, and where it is an id of the sandbox's own, keeps it from others.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="sandbox">The sandbox's name, unique on the node.</param>
    /// <exception cref="InvalidOperationException">There is no user of the name in the settings.</exception>
    /// <exception cref="Linux.LinuxException">No id can be had.</exception>
    public static QemuUser Choose(KatanetOptions options, string sandbox)
    {
        var name = options.Hypervisor.User;
        if (name == Root)
            return new QemuUser(null, null);
        if (name.Length > 0)
            return new QemuUser(Find(name, File.ReadLines("/etc/passwd")), null);
        var lease = UserLease.Take(options.Runtime.StateDir, sandbox);
        return new QemuUser(lease.User, lease);
    }

    /// <summary>Finds a user in the lines of passwd(5).</summary>
    /// <exception cref="InvalidOperationException">There is none, or it is root under another name.</exception>
    internal static ProcessUser Find(string name, System.Collections.Generic.IEnumerable<string> passwd)
    {
        foreach (var line in passwd)
        {
            var fields = line.Split(':');
            if (fields.Length < 4 || fields[0] != name
                || !uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var uid)
                || !uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var gid))
            {
                continue;
            }

            return uid != 0 ? new ProcessUser(uid, gid) : throw new InvalidOperationException(
                $"hypervisor.user: {name} is user 0; write {Root} if that is meant, in {KatanetOptions.DefaultPath}");
        }

        throw new InvalidOperationException(
            $"hypervisor.user: there is no user {name} in /etc/passwd; add it, or set \"\" for an own user id of each sandbox, in {KatanetOptions.DefaultPath}");
    }

    /// <summary>Lets others have the id. QEMU has to have ended.</summary>
    public void Dispose() => _lease?.Dispose();
}
