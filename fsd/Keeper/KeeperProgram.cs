using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Control;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker;
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
        var logger = StandardErrorLog.Create(options.Level, "keeper", options.Id);
        try
        {
            ProcessLimits.Apply();
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
        using var control = _options.ControlFd is { } number ? FrontEndSocket.Inherit(number, "--control-fd") : null;
        // Before the socket: a path that was bound has to be removed again when anything fails.
        using var directory = OpenDirectory();
        using var socket = OpenSocket();
        try
        {
            return Run(socket, control, directory);
        }
        finally
        {
            if (_options.SocketPath is { } path)
                Unlink(path);
        }
    }

    private int Run(OwnedFd socket, OwnedFd? control, OwnedFd? directory)
    {
        var tree = directory is null ? ServedTree.Exports : ServedTree.Directory;
        using var tables = TableFiles.Create();
        using var spawner = WorkerSpawner.Create(_options.Sandbox, _options.SharedDirectory);
        using var worker = WorkerProcess.Start(
            spawner, tree, spawner.Directory ?? directory, _options.Level, _options.Id, _options.Serving, tables);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        if (control is not null)
            ServeControl(control, worker);
        using var connection = Connect(socket, worker);
        return connection is null ? EndOf(worker) : Serve(connection, worker);
    }

    private OwnedFd OpenSocket() =>
        _options.Fd is { } number ? FrontEndSocket.Inherit(number, "--fd") : FrontEndSocket.Listen(_options.SocketPath!);

    private OwnedFd? OpenDirectory() =>
        _options.SharedDirectory is { } path
            ? OwnedFd.FromCall(
                Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path)
            : null;

    // Null when something ended the daemon before a front end came.
    private FdSocket? Connect(OwnedFd socket, WorkerProcess worker)
    {
        if (!FrontEndSocket.IsListening(socket))
            return new FdSocket(socket.Duplicate());
        KeeperLog.Listening(_logger, _options.SocketPath ?? $"fd {_options.Fd}");
        return Await(socket.Fd, worker) ? new FdSocket(FrontEndSocket.Accept(socket)) : null;
    }

    private int Serve(FdSocket connection, WorkerProcess worker)
    {
        KeeperLog.Connected(_logger, worker.Pid);
        using var device = new DeviceRecord(worker.Device);
        var config = _options.Tag is { } tag ? new DeviceConfig(tag, _options.RequestQueues) : null;
        using var session = new Session(connection, device, config, _logger);
        try
        {
            while (Await(connection.Fd, worker))
            {
                if (session.ServeNext())
                    continue;
                KeeperLog.Ending(_logger, "the front end closed its connection");
                return ExitOk;
            }

            return EndOf(worker);
        }
        catch (Exception e) when (e is VhostUserException or LinuxException)
        {
            if (IsPeerGone(e) && !HasEnded(worker))
            {
                KeeperLog.Ending(_logger, "the front end is gone");
                return ExitOk;
            }

            if (HasEnded(worker))
                return EndOf(worker);
            KeeperLog.ConnectionFailed(_logger, e.Message);
            return ExitFailure;
        }
    }

    // Waits until the socket has something to say. False: the worker or the daemon has ended.
    private unsafe bool Await(int socket, WorkerProcess worker)
    {
        var fds = stackalloc PollFd[3];
        while (true)
        {
            fds[0] = new PollFd { Fd = socket, Events = Poll.POLLIN };
            fds[1] = new PollFd { Fd = worker.Device.Fd };
            fds[2] = new PollFd { Fd = _end.Fd, Events = Poll.POLLIN };
            if (Poll.poll(fds, 3, -1) < 0)
                continue;
            if (fds[1].Revents != 0 || fds[2].Revents != 0)
                return false;
            if (fds[0].Revents != 0)
                return true;
        }
    }

    private int EndOf(WorkerProcess worker)
    {
        if (_endReason.Length > 0)
        {
            KeeperLog.Ending(_logger, _endReason);
            return ExitOk;
        }

        KeeperLog.WorkerDied(_logger, worker.Pid, worker.AwaitEnd());
        return ExitFailure;
    }

    private static unsafe bool HasEnded(WorkerProcess worker)
    {
        var fd = new PollFd { Fd = worker.Device.Fd };
        return Poll.poll(&fd, 1, 0) > 0;
    }

    private static bool IsPeerGone(Exception e) => e is LinuxException { Errno: Errno.ECONNRESET or Errno.EPIPE };

    private void ServeControl(OwnedFd socket, WorkerProcess worker)
    {
        var server = new ControlServer(new FdSocket(socket.Duplicate()), worker, _logger);
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

    private static unsafe void Unlink(string path)
    {
        var name = Marshal.StringToCoTaskMemUTF8(path);
        _ = Unistd.unlinkat(Fcntl.AT_FDCWD, (byte*)name, 0);
        Marshal.FreeCoTaskMem(name);
    }
}
