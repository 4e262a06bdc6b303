using System;
using System.Globalization;
using System.IO;
using System.IO.Hashing;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Qemu.Isolation;

/// <summary>
/// A user id that no other sandbox of the node has while this object lives: a locked byte of the file <c>uids</c> in the state folder. The
/// kernel unlocks it with the process, so nothing is left to clean up.
/// </summary>
internal sealed class UserLease : IDisposable
{
    /// <summary>The first id. From here up to 2³¹ nobody gives out ids: above the ranges of users, of their containers and of systemd.</summary>
    public const uint FirstUid = 1_900_000_000;

    /// <summary>Number of ids.</summary>
    public const int Count = 65536;

    private const string FileName = "uids";

    private readonly OwnedFd _file;

    private UserLease(OwnedFd file, uint uid)
    {
        _file = file;
        User = new ProcessUser(uid, uid);
    }

    /// <summary>The user; its group has the same number.</summary>
    public ProcessUser User { get; }

    /// <summary>Takes an id: the one that the sandbox's name stands for, or else the next that is free.</summary>
    /// <param name="stateDir">Setting <c>runtime.state_dir</c>.</param>
    /// <param name="sandbox">The sandbox's name, unique on the node.</param>
    /// <exception cref="LinuxException">The file cannot be made or locked.</exception>
    public static UserLease Take(string stateDir, string sandbox)
    {
        var path = Path.Combine(stateDir, FileName);
        const uint mode = 0x180;
        var file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, mode), "open", path);
        try
        {
            var first = (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(sandbox)) % Count);
            for (var i = 0; i < Count; i++)
            {
                var index = (first + i) % Count;
                if (new ByteLock(file, index).TryTake())
                    return new UserLease(file, FirstUid + (uint)index);
            }

            throw new LinuxException(Errno.EAGAIN, "fcntl", string.Create(CultureInfo.InvariantCulture, $"{path}: all {Count} user ids are taken"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
