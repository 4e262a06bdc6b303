using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.Worker;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Keeper;

/// <summary>A running worker and the channels to it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int ChannelStackBytes = 256 * 1024;

    private readonly ChildProcess _child;

    // Keeps the descriptors when the worker is gone; null when somebody took it.
    private HolderProcess? _holder;

    private WorkerProcess(ChildProcess child, OwnedFd device, OwnedFd exports)
    {
        _child = child;
        Device = new ChannelClient(device, child.Descriptor);
        Exports = new ChannelClient(exports, child.Descriptor);
    }

    /// <summary>Its process id.</summary>
    public int Pid => _child.Pid;

    /// <summary>Its pidfd, for poll(2): readable once it has ended.</summary>
    public int Descriptor => _child.Descriptor;

    /// <summary>The channel for memory and rings; the vhost-user connection's thread uses it.</summary>
    public ChannelClient Device { get; }

    /// <summary>The channel for exports; the control socket's thread uses it.</summary>
    public ChannelClient Exports { get; }

    /// <summary>Starts a worker.</summary>
    /// <param name="spawner">Starts it, and confines it so.</param>
    /// <param name="tree">What it serves.</param>
    /// <param name="directory">The directory, when one is served; stays ours.</param>
    /// <param name="level">Least level of its log.</param>
    /// <param name="id">The sandbox's name in its log.</param>
    /// <param name="serving">What holds for the whole device.</param>
    /// <param name="tables">The tables that outlive it; stay ours.</param>
    /// <param name="node">The daemon's place in the node's table, or null; stays ours.</param>
    /// <param name="peers">The other daemons of the node; null when there can be none.</param>
    /// <param name="window">The DAX window, in which it may map files until another worker is started; null for none.</param>
    /// <exception cref="LinuxException">It cannot be started.</exception>
    /// <exception cref="WorkerDiedException">It ended at once.</exception>
    public static WorkerProcess Start(
        WorkerSpawner spawner, ServedTree tree, OwnedFd? directory, LogLevel level, string id, ServingOptions serving, TableFiles tables, DaemonRegistration? node, PeerStation? peers, DaxWindow? window)
    {
        var (device, deviceTheirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var (exports, exportsTheirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using var log = OwnedFd.FromCall(Fcntl.fcntl(2, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl", "standard error");
        // Where the worker is there is no /dev/null.
        using var empty = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, "/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", "/dev/null");
        var cutsTheirs = peers?.ServeWorker() ?? [];
        using var mappingsTheirs = window is null ? null : ServeMappings(window);
        using (deviceTheirs)
        using (exportsTheirs)
        {
            var fds = new Dictionary<int, OwnedFd>
            {
                [0] = empty,
                [1] = empty,
                [2] = log,
                [WorkerArguments.DeviceChannelFd] = deviceTheirs,
                [WorkerArguments.ExportChannelFd] = exportsTheirs,
                [WorkerArguments.InodesFd] = tables.Inodes,
                [WorkerArguments.MountsFd] = tables.Mounts,
                [WorkerArguments.HandlesFd] = tables.Handles,
                [WorkerArguments.LocksFd] = tables.Locks,
                [WorkerArguments.RangesFd] = tables.Ranges,
                [WorkerArguments.SessionFd] = tables.Session,
            };
            if (node is not null)
                fds[WorkerArguments.NodeTableFd] = node.File;
            for (var i = 0; i < cutsTheirs.Count; i++)
                fds[WorkerArguments.CutsFd + i] = cutsTheirs[i];
            if (mappingsTheirs is not null)
                fds[WorkerArguments.WindowChannelFd] = mappingsTheirs;
            if (directory is not null)
                fds[WorkerArguments.DirectoryFd] = directory;
            ChildProcess child;
            try
            {
                child = spawner.Start(new ChildStart
                {
                    Path = WorkerSpawner.ProgramPath,
                    Arguments = new WorkerArguments(spawner.KeeperPid, tree, level, id, spawner.Sandbox.Seccomp, serving).ToArguments(),
                    Fds = fds,
                });
            }
            finally
            {
                foreach (var fd in cutsTheirs)
                    fd.Dispose();
            }

            WorkerConfinement.GiveProcFd(device, child.Pid, spawner.Sandbox.Mode);
            var worker = new WorkerProcess(child, device, exports);
            try
            {
                worker._holder = new HolderProcess(worker.Device.ReceiveFd());
                return worker;
            }
            catch
            {
                worker.Dispose();
                throw;
            }
        }
    }

    // A thread of its own: it waits for QEMU, which may be waiting for the connection's thread.
    private static OwnedFd ServeMappings(DaxWindow window)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var server = new ChannelServer(ours, new WindowDoor(window, window.NextGeneration()).Handle);
        var thread = new Thread(
            () =>
            {
                using (server)
                    server.Run();
            },
            ChannelStackBytes)
        { IsBackground = true, Name = "mappings" };
        thread.Start();
        return theirs;
    }

    /// <summary>Waits for a worker that ends.</summary>
    /// <returns>How it ended.</returns>
    public ChildExit AwaitEnd() => _child.Exited.GetAwaiter().GetResult();

    /// <summary>Takes over the process that has its descriptors.</summary>
    public HolderProcess TakeHolder()
    {
        var holder = _holder ?? throw new InvalidOperationException("the holder was taken already");
        _holder = null;
        return holder;
    }

    /// <summary>Ends it with all that it held, and waits until it is gone.</summary>
    public void Dispose()
    {
        _child.Kill(Signals.SIGKILL);
        _ = AwaitEnd();
        _holder?.Dispose();
        _holder = null;
        Device.Dispose();
        Exports.Dispose();
        _child.Dispose();
    }
}
