using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;

namespace KataShimNet.VhostFrontEnd.Daemons;

/// <summary>katanet-fsd as the shim starts it: the vhost-user connection and the control channel are descriptors that it inherits.</summary>
public sealed class FsdDaemon : IDisposable
{
    private const int ConnectionFd = 3;
    private const int ControlFd = 4;
    private const int GuestFd = 5;

    private FsdDaemon(Daemon process, OwnedFd connection, OwnedFd control)
    {
        Process = process;
        Connection = new VhostUserConnection(connection);
        Control = new ControlClient(control);
    }

    /// <summary>The keeper's process.</summary>
    public Daemon Process { get; }

    /// <summary>The vhost-user connection; nothing was sent on it.</summary>
    public VhostUserConnection Connection { get; }

    /// <summary>The control channel.</summary>
    public ControlClient Control { get; }

    /// <summary>The device, once <see cref="StartDevice"/> was called.</summary>
    public FrontEnd? Device { get; private set; }

    /// <summary>Starts the daemon.</summary>
    /// <param name="program">Path of katanet-fsd.</param>
    /// <param name="arguments">More arguments.</param>
    public static FsdDaemon Start(string program, params IEnumerable<string> arguments) => StartLimited(program, 0, arguments);

    /// <summary>Starts the daemon with a limit of descriptors (RLIMIT_NOFILE), which it cannot raise when it is not privileged to.</summary>
    /// <param name="program">Path of katanet-fsd.</param>
    /// <param name="descriptors">The limit; 0 leaves it.</param>
    /// <param name="arguments">More arguments.</param>
    public static FsdDaemon StartLimited(string program, int descriptors, params IEnumerable<string> arguments) =>
        Start(program, descriptors, null, arguments);

    /// <summary>Starts the daemon with a socket by which the guest can be asked (<c>--guest-fd</c>).</summary>
    /// <param name="program">Path of katanet-fsd.</param>
    /// <param name="guest">Its end of the socket; owned from here on.</param>
    /// <param name="arguments">More arguments.</param>
    public static FsdDaemon StartWithGuest(string program, OwnedFd guest, params IEnumerable<string> arguments)
    {
        using (guest)
            return Start(program, 0, guest, ["--guest-fd", $"{GuestFd}", .. arguments]);
    }

    private static FsdDaemon Start(string program, int descriptors, OwnedFd? guest, IEnumerable<string> arguments)
    {
        if (!File.Exists(program))
            throw new FileNotFoundException($"{program} is missing: run `make publish`, or name the folder of the published programs in KATANET_BIN");
        var (connection, theirConnection) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var (control, theirControl) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using (theirConnection)
        using (theirControl)
        {
            IEnumerable<string> all = ["--fd", $"{ConnectionFd}", "--control-fd", $"{ControlFd}", .. arguments];
            var fds = new Dictionary<int, OwnedFd> { [ConnectionFd] = theirConnection, [ControlFd] = theirControl };
            if (guest is not null)
                fds[GuestFd] = guest;
            var process = new Daemon(
                descriptors == 0 ? program : "/usr/bin/prlimit",
                descriptors == 0 ? all : [$"--nofile={descriptors}:{descriptors}", program, .. all],
                fds);
            return new FsdDaemon(process, connection, control);
        }
    }

    /// <summary>Adds a folder or a file as an export.</summary>
    public async Task AddExportAsync(string name, string path, CoherencyClass coherency = CoherencyClass.Private, bool readOnly = false)
    {
        using var root = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", path);
        await Control.AddExportAsync(name, new ExportPolicy(coherency, readOnly), root).ConfigureAwait(false);
    }

    /// <summary>Negotiates, starts the queues and sends INIT.</summary>
    public FuseClient StartDevice(FrontEndOptions? options = null, InitFlags flags = InitFlags.LinuxGuest)
    {
        Device = new FrontEnd(Connection, options).Start();
        var client = new FuseClient(Device);
        _ = client.Init(flags).Value;
        return client;
    }

    /// <summary>Disconnects, and ends what does not end by itself.</summary>
    public void Dispose()
    {
        Control.Dispose();
        Connection.Dispose();
        Device?.Dispose();
        Process.Dispose();
    }
}
