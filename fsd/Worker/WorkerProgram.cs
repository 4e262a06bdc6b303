using System;
using System.Linq;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Worker;

/// <summary>The worker process: serves rings and FUSE requests until the keeper closes the channel, or ends.</summary>
internal static class WorkerProgram
{
    private const int ChannelStackBytes = 256 * 1024;
    private const int OpensFd = WorkerArguments.CutsFd + 2 + PeerStation.Channels;

    /// <summary>Runs a worker.</summary>
    /// <param name="arguments">How the keeper started it.</param>
    /// <returns>Exit status.</returns>
    public static int Run(WorkerArguments arguments)
    {
        // The keeper may have ended before the signal was asked for; then nobody would ever end this process.
        ProcessLimits.DieWithParent();
        ProcessLimits.SetName("fsd-worker\0"u8);
        if (Unistd.getppid() != arguments.KeeperPid)
            return 1;

        var keeper = new OwnedFd(WorkerArguments.DeviceChannelFd);
        using (var holder = DescriptorHolder.Start(arguments.KeeperPid))
            new FdSocket(keeper).Send([0], [holder.Fd]);
        var logger = StandardErrorLog.Create(arguments.Level, "worker", arguments.Id);
        var server = CreateServer(arguments, WorkerConfinement.TakeProcFd(keeper), logger);
        if (arguments.Serving.NodeDaemon >= 0)
            server.UseCuts(InheritCuts(arguments.Serving, logger));
        if (arguments.Serving.DaxWindow > 0)
            server.UseWindow(new WindowClient(new OwnedFd(WorkerArguments.WindowChannelFd)));
        using var device = new DeviceChannel(server, logger);
        using var deviceChannel = new ChannelServer(keeper, device.Handle);
        using var exportChannel = new ChannelServer(new OwnedFd(WorkerArguments.ExportChannelFd), new ExportChannel(server).Handle);
        new Thread(exportChannel.Run, ChannelStackBytes) { IsBackground = true, Name = "exports" }.Start();
        // From here on guests are heard.
        Confinement.Seccomp.Install(WorkerCalls.Rules, arguments.Seccomp);
        WorkerLog.Serving(logger, arguments.Tree, Environment.ProcessId);
        deviceChannel.Run();
        return 0;
    }

    private static FuseServer CreateServer(WorkerArguments arguments, ProcFd procFd, ILogger logger) =>
        arguments.Tree == ServedTree.Exports
            ? new FuseServer(arguments.Serving, logger, procFd, InheritTables(), coherence: InheritNodeTable(arguments.Serving))
            : new FuseServer(new OwnedFd(WorkerArguments.DirectoryFd), arguments.Serving, logger, procFd, InheritTables(), coherence: InheritNodeTable(arguments.Serving));

    private static Coherence? InheritNodeTable(ServingOptions serving) => serving.NodeDaemon < 0
        ? null
        : new Coherence(NodeTable.ForWorker(new OwnedFd(WorkerArguments.NodeTableFd), serving.NodeDaemon), serving.Leases);

    private static WorkerCuts InheritCuts(ServingOptions serving, ILogger logger) => new(
        MapTable.Read(new OwnedFd(WorkerArguments.CutsFd)),
        CutMarks.Map(new OwnedFd(WorkerArguments.CutsFd + 1)),
        serving.NodeDaemon,
        Enumerable.Range(WorkerArguments.CutsFd + 2, PeerStation.Channels).Select(number => new OwnedFd(number)))
    {
        Sizes = new SizeTeller(OpenFiles.Map(new OwnedFd(OpensFd), serving.NodeDaemon), new OwnedFd(OpensFd + 1)),
        Changes = InheritChanges(serving, new OwnedFd(OpensFd + 2), logger),
    };

    private static HostChanges? InheritChanges(ServingOptions serving, OwnedFd channel, ILogger logger)
    {
        if (serving.AsksGuest && FileWatches.TryCreate(logger) is { } watches)
            return new HostChanges(watches, channel);
        channel.Dispose();
        return null;
    }

    private static TableFiles InheritTables() => new(
        new OwnedFd(WorkerArguments.InodesFd),
        new OwnedFd(WorkerArguments.MountsFd),
        new OwnedFd(WorkerArguments.HandlesFd),
        new OwnedFd(WorkerArguments.LocksFd),
        new OwnedFd(WorkerArguments.RangesFd),
        new OwnedFd(WorkerArguments.SessionFd));
}
