using System;
using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.VhostFrontEnd.Daemons;

/// <summary>katanet-fsd as a person starts it, on one folder; its connection is a descriptor that it inherits.</summary>
public sealed class StandaloneFsd : IDisposable
{
    private const int ConnectionFd = 3;

    private StandaloneFsd(Daemon process, OwnedFd connection)
    {
        Process = process;
        Connection = new VhostUserConnection(connection);
    }

    /// <summary>The keeper's process.</summary>
    public Daemon Process { get; }

    /// <summary>The vhost-user connection; nothing was sent on it.</summary>
    public VhostUserConnection Connection { get; }

    /// <summary>Starts the daemon.</summary>
    /// <param name="program">Path of katanet-fsd.</param>
    /// <param name="folder">What it serves.</param>
    /// <param name="options">More options.</param>
    public static StandaloneFsd Start(string program, string folder, params IEnumerable<string> options)
    {
        var (connection, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        using (theirs)
        {
            var process = new Daemon(
                program, ["--fd", $"{ConnectionFd}", "--shared-dir", folder, .. options], new Dictionary<int, OwnedFd> { [ConnectionFd] = theirs });
            return new StandaloneFsd(process, connection);
        }
    }

    /// <summary>Disconnects, and ends what does not end by itself.</summary>
    public void Dispose()
    {
        Connection.Dispose();
        Process.Dispose();
    }
}
