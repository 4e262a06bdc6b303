using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Control;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Keeper;

/// <summary>The keeper process: owns the vhost-user connection, the control socket, every descriptor that matters, and the worker.</summary>
internal sealed class KeeperProgram : IDisposable
{
    private const int ControlStackBytes = 256 * 1024;
    private const int ExitOk = 0;
    private const int ExitFailure = 1;

    private readonly KeeperOptions _options;
    private readonly ILogger _logger;

    // Signalled when the daemon is to end for a reason that no socket of the main loop shows.
    private readonly EventFd _end = new();
    private volatile string _endReason = "";

    private KeeperProgram(KeeperOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
    }

    /// <summary>Runs the daemon until the front end, the control socket or a signal ends it.</summary>
    /// <param name="options">How it was asked to run.</param>
    /// <returns>Exit status: 0 for an end that was asked for, 1 for a failure.</returns>
    public static int Run(KeeperOptions options)
    {
        if (options.Syslog && !SystemLog.TryReplaceStandardError())
            Console.Error.WriteLine("katanet-fsd: --syslog: nobody listens on /dev/log; logging to standard error");
        var logger = StandardErrorLog.Create(options.Level, "keeper", options.Id);
        try
        {
            ProcessLimits.Apply(options.DescriptorLimit);
            if (options.ControlFd is not null)
                ProcessLimits.DieWithParent();
            using var keeper = new KeeperProgram(options, logger);
            return keeper.Run();
        }
        catch (LinuxException e)
        {
            KeeperLog.CannotStart(logger, e.Message);
            return ExitFailure;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();

    private int Run()
    {
        KeeperConfinement.LeaveNetwork(_options.Sandbox);
        using var control = _options.ControlFd is { } number ? FrontEndSocket.Inherit(number, "--control-fd") : null;
        using var guest = _options.GuestFd is { } inherited ? FrontEndSocket.Inherit(inherited, "--guest-fd") : null;
        // Before the socket: a path that was bound has to be removed again when anything fails.
        using var directory = OpenDirectory();
        using var socket = OpenSocket();
        try
        {
            return Run(socket, control, guest, directory);
        }
        finally
        {
            if (_options.SocketPath is { } path)
                SocketFile.Remove(path);
        }
    }

    private int Run(OwnedFd socket, OwnedFd? control, OwnedFd? guest, OwnedFd? directory)
    {
        var tree = directory is null ? ServedTree.Exports : ServedTree.Directory;
        using var tables = TableFiles.Create();
        using var node = Register();
        using var peers = node is null ? null : PeerStation.Join(node, _logger);
        var serving = _options.Serving with { NodeDaemon = node?.Daemon ?? -1 };
        using var mount = CreateMount();
        using var guard = peers is null || mount is null ? null : CreateGuard(peers.Cuts);
        using var spawner = WorkerSpawner.Create(_options.Sandbox, _options.SharedDirectory);
        KeeperConfinement.DropCapabilities(removesSocket: _options.SocketPath is not null, guards: guard is not null);
        Seccomp.Install(KeeperCalls.Rules, _options.Sandbox.Seccomp);
        using var window = mount is null ? null : CreateWindow(mount);
        // Ends before the window does, which it uses, although it had to be made before seccomp.
        using var guarding = guard;
        guarding?.Start();
        if (window is not null)
            peers?.UseWindow(window, guard);
        using var sizes = guest is null ? null : new GuestSizes(guest.Duplicate(), tables.Handles.Duplicate(), _logger, GuestSizes.DefaultLimit);
        sizes?.Start();
        if (sizes is not null)
            peers?.UseGuest(sizes);
        peers?.Start();
        using var exports = new ExportRecords();
        using var workers = new WorkerSupervisor(
            () => WorkerProcess.Start(spawner, tree, spawner.Directory ?? directory, _options.Level, _options.Id, serving with { DaxWindow = window?.Size ?? 0, AsksGuest = sizes is not null && window is not null }, tables, node, peers, window),
            tables,
            exports,
            _logger);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        if (control is not null)
            ServeControl(control, workers, exports, window, sizes);
        try
        {
            return ServeFrontEnds(socket, workers, window);
        }
        catch (WorkerDiedException)
        {
            return ExitFailure;
        }
    }

    // Without the table guests keep nothing of what others may change: slower, and as right.
    private DaemonRegistration? Register()
    {
        if (_options.CoherencyDirectory is not { } directory)
            return null;
        try
        {
            return DaemonRegistration.Register(directory);
        }
        catch (LinuxException e)
        {
            KeeperLog.NoNodeTable(_logger, e.Message);
            return null;
        }
    }

    private TruncationGuard? CreateGuard(FileCuts cuts)
    {
        if (_options.Guard == GuardUse.Off)
            return null;
        try
        {
            return TruncationGuard.Create(cuts, _logger);
        }
        catch (LinuxException e) when (_options.Guard == GuardUse.Auto)
        {
            GuardLog.Unavailable(_logger, e.Message);
            return null;
        }
    }

    private OwnedFd OpenSocket() =>
        _options.Fd is { } number ? FrontEndSocket.Inherit(number, "--fd") : FrontEndSocket.Listen(_options.SocketPath!, _options.SocketGroup);

    private OwnedFd? OpenDirectory() =>
        _options.SharedDirectory is { } path
            ? OwnedFd.FromCall(
                Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path)
            : null;

    // Null when none is wanted, or the host cannot: the guest's memory maps are its own then. Mounts can be made only before seccomp.
    private PassthroughMount? CreateMount()
    {
        try
        {
            return _options.Serving.DaxWindow == 0 ? null : PassthroughMount.Create();
        }
        catch (LinuxException e)
        {
            DaxLog.Unavailable(_logger, e.Message);
            return null;
        }
    }

    // Only now, for what serves the mount shall have no more rights than others.
    private DaxWindow? CreateWindow(PassthroughMount mount)
    {
        try
        {
            mount.Serve();
            var window = new DaxWindow(_options.Serving.DaxWindow, mount, _logger);
            DaxLog.Offered(_logger, window.Size);
            return window;
        }
        catch (LinuxException e)
        {
            DaxLog.Unavailable(_logger, e.Message);
            return null;
        }
    }

    private int ServeFrontEnds(OwnedFd socket, WorkerSupervisor workers, DaxWindow? window)
    {
        while (true)
        {
            using var connection = Connect(socket, workers);
            if (connection is null)
                return EndAsAsked();
            if (Serve(connection, workers, window) is { } status)
                return status;
        }
    }

    // Null when something ended the daemon before a front end came.
    private FdSocket? Connect(OwnedFd socket, WorkerSupervisor workers)
    {
        if (!FrontEndSocket.IsListening(socket))
            return new FdSocket(socket.Duplicate());
        KeeperLog.Listening(_logger, _options.SocketPath ?? $"fd {_options.Fd}");
        return Await(socket.Fd, workers) ? new FdSocket(FrontEndSocket.Accept(socket)) : null;
    }

    // Null when the next front end is to be served.
    private int? Serve(FdSocket connection, WorkerSupervisor workers, DaxWindow? window)
    {
        KeeperLog.Connected(_logger, workers.Current.Pid);
        using var device = new DeviceRecord(workers, window);
        workers.Device = device;
        var config = _options.Tag is { } tag ? new DeviceConfig(tag, _options.RequestQueues) : null;
        using var session = new Session(connection, device, config, _logger, window);
        try
        {
            while (Await(connection.Fd, workers))
            {
                if (!session.ServeNext())
                    return FrontEndGone(device, workers, "the front end closed its connection", ExitOk);
            }

            device.Reset();
            return EndAsAsked();
        }
        catch (Exception e) when (IsPeerGone(e))
        {
            return FrontEndGone(device, workers, "the front end is gone", ExitOk);
        }
        catch (Exception e) when (e is VhostUserException or LinuxException)
        {
            KeeperLog.ConnectionFailed(_logger, e.Message);
            return FrontEndGone(device, workers, e.Message, ExitFailure);
        }
        finally
        {
            window?.Detach();
            workers.Device = null;
        }
    }

    // What the guest had open or locked is given up, once others know of what it changed: the next front end begins with nothing, and who waits for
    // one of its locks has it then.
    private int? FrontEndGone(DeviceRecord device, WorkerSupervisor workers, string reason, int status)
    {
        if (_options.KeepListening)
            KeeperLog.FrontEndGone(_logger, reason);
        else if (status == ExitOk)
            KeeperLog.Ending(_logger, reason);
        device.Reset();
        if (!_options.KeepListening)
            return status;
        device.SetMemory([]);
        workers.AwaitDead();
        return null;
    }

    // Waits until the socket has something to say. False: the daemon is to end.
    private unsafe bool Await(int socket, WorkerSupervisor workers)
    {
        var fds = stackalloc PollFd[3];
        while (true)
        {
            fds[0] = new PollFd { Fd = socket, Events = Poll.POLLIN };
            fds[1] = new PollFd { Fd = workers.Current.Descriptor, Events = Poll.POLLIN };
            fds[2] = new PollFd { Fd = _end.Fd, Events = Poll.POLLIN };
            if (Poll.poll(fds, 3, -1) < 0)
                continue;
            if (fds[2].Revents != 0)
                return false;
            if (fds[1].Revents != 0)
                workers.Resume();
            else if (fds[0].Revents != 0)
                return true;
        }
    }

    private int EndAsAsked()
    {
        KeeperLog.Ending(_logger, _endReason);
        return ExitOk;
    }

    private static bool IsPeerGone(Exception e) => e is LinuxException { Errno: Errno.ECONNRESET or Errno.EPIPE };

    private void ServeControl(OwnedFd socket, WorkerSupervisor workers, ExportRecords exports, DaxWindow? window, GuestSizes? sizes)
    {
        var server = new ControlServer(new FdSocket(socket.Duplicate()), workers, exports, window, sizes, _logger);
        var thread = new Thread(
            () =>
            {
                server.Run();
                End("the control socket was closed");
            },
            ControlStackBytes)
        { IsBackground = true, Name = "control" };
        thread.Start();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        End($"{context.Signal} was received");
    }

    private void End(string reason)
    {
        _endReason = reason;
        _end.Signal();
    }
}
