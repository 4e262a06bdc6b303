using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Channel;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Modules;
using KataShimNet.Agent.Processes;
using KataShimNet.Agent.Rpc;
using KataShimNet.Agent.Storages;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Agent.Boot;

/// <summary>From the first instruction of PID 1 to serving the host.</summary>
internal static partial class Guest
{
    /// <summary>Boots and serves; returns never.</summary>
    public static void Run()
    {
        var root = RootSwitch.Detect();
        if (root == BootRoot.Share)
            RootSwitch.EnterGuestTree();
        SystemMounts.MountAll(runIsMounted: root == BootRoot.Share);
        Crun.Rehearse();
        var modules = new ModuleLoader();
        var devices = BringDevicesUp(modules);
        // A death of PID 1 that gets past us ends the machine at once instead of leaving it hung.
        File.WriteAllText("/proc/sys/kernel/panic", "-1");
        var commandLine = KernelCommandLine.Parse(File.ReadAllText("/proc/cmdline"));
        var log = AgentLog.Open(commandLine[GuestContract.LogLevelKey]);
        Cgroups.Set();
        GuestSystem.RaiseLimits();
        var address = ServerAddress.Parse(commandLine[GuestContract.ServerAddressKey]);
        // Without its driver there is no vsock to serve on; the serial port is there from the start.
        if (address.SerialPort is null)
            devices.Wait();
        var channel = Assemble(devices, modules, log, usePivotRoot: root != BootRoot.Initramfs);
        LogBooted(log, root, Environment.TickCount64);
        channel.Serve(address);
    }

    // On a thread beside our own start, which takes as long; CreateSandbox waits for it.
    private static Task BringDevicesUp(ModuleLoader modules) => Task.Factory.StartNew(
        () =>
        {
            GuestSystem.BringLoopbackUp();
            Coldplug.Run(modules);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static AgentChannel Assemble(Task devices, ModuleLoader modules, ILogger log, bool usePivotRoot)
    {
        var poller = new FdPoller();
        var reaper = new Reaper();
        var storages = new StorageTable(modules);
        var containers = new ContainerTable(reaper, poller, new Crun(reaper, usePivotRoot), storages);
        var table = new TtrpcServiceTable();
        new SandboxMethods(devices, containers, storages, modules, GuestSystem.PowerOff).AddTo(table);
        new ContainerMethods(containers).AddTo(table);
        new StreamMethods(containers).AddTo(table);
        return new AgentChannel(new TtrpcServer(table, log), poller, log);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "guest booted from {root}, {uptime} ms after the kernel")]
    private static partial void LogBooted(ILogger log, BootRoot root, long uptime);
}
