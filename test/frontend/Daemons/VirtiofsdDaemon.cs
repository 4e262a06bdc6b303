using System;
using System.IO;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.VhostFrontEnd.Daemons;

/// <summary>Debian's virtiofsd on one folder: what the front end was proved with, and what benchmarks compare with.</summary>
public sealed class VirtiofsdDaemon : IDisposable
{
    private readonly string _folder;

    private VirtiofsdDaemon(Daemon process, VhostUserConnection connection, string folder)
    {
        Process = process;
        Connection = connection;
        _folder = folder;
    }

    /// <summary>Its process.</summary>
    public Daemon Process { get; }

    /// <summary>The connection; nothing was sent on it.</summary>
    public VhostUserConnection Connection { get; }

    /// <summary>Starts virtiofsd out of a Debian tree, with that tree's own libraries.</summary>
    /// <param name="tree">Root of the tree.</param>
    /// <param name="sharedFolder">What to serve.</param>
    /// <param name="options">More options; without <c>--sandbox</c> there is none.</param>
    public static VirtiofsdDaemon Start(string tree, string sharedFolder, params string[] options)
    {
        string[] sandbox = Array.Exists(options, o => o.StartsWith("--sandbox", StringComparison.Ordinal)) ? [] : ["--sandbox=none"];
        var folder = Directory.CreateTempSubdirectory("virtiofsd-").FullName;
        var socket = Path.Combine(folder, "s");
        var process = new Daemon(
            Path.Combine(tree, "lib64/ld-linux-x86-64.so.2"),
            [
                "--library-path", Path.Combine(tree, "usr/lib/x86_64-linux-gnu"), Path.Combine(tree, "usr/libexec/virtiofsd"),
                "--socket-path", socket, "--shared-dir", sharedFolder, "--log-level=warn", .. sandbox, .. options,
            ]);
        try
        {
            return new VirtiofsdDaemon(process, VhostUserConnection.Connect(socket, TimeSpan.FromSeconds(5)), folder);
        }
        catch (IOException e)
        {
            var log = process.Log;
            process.Dispose();
            Directory.Delete(folder, recursive: true);
            throw new FrontEndException($"{process.Command}: {e.Message}\n{log}");
        }
    }

    /// <summary>Disconnects and ends it.</summary>
    public void Dispose()
    {
        Connection.Dispose();
        Process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
