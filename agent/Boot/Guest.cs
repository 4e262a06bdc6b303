using System;
using System.IO;
using KataShimNet.Agent.Channel;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Devices;
using KataShimNet.Agent.Modules;
using KataShimNet.Agent.Namespaces;
using KataShimNet.Agent.Network;
using KataShimNet.Agent.Processes;
using KataShimNet.Agent.Rpc;
using KataShimNet.Agent.Shell;
using KataShimNet.Agent.Storages;
using KataShimNet.Agent.Storages.Drivers;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;
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
        // On a thread beside our own start, which takes as long; CreateSandbox waits for it.
        var devices = new GuestDevices(modules);
        devices.Start(first: GuestSystem.BringLoopbackUp);
        // A death of PID 1 that gets past us ends the machine at once instead of leaving it hung.
        File.WriteAllText("/proc/sys/kernel/panic", "-1");
        var commandLine = KernelCommandLine.Parse(File.ReadAllText("/proc/cmdline"));
        var log = AgentLog.Open(commandLine[GuestContract.LogLevelKey]);
        devices.Log = log;
        Cgroups.Set();
        GuestSystem.RaiseLimits();
        var address = ServerAddress.Parse(commandLine[GuestContract.ServerAddressKey]);
        // Without its driver there is no vsock to serve on; the serial port is there from the start.
        if (address.SerialPort is null)
            devices.Ready.Wait();
        var channel = Assemble(devices, modules, log, usePivotRoot: root != BootRoot.Initramfs, commandLine[GuestContract.DebugConsoleKey] is not null);
        LogBooted(log, root, Environment.TickCount64);
        channel.Serve(address);
    }

    private static AgentChannel Assemble(GuestDevices devices, ModuleLoader modules, ILogger log, bool usePivotRoot, bool debugConsole)
    {
        var poller = new FdPoller();
        var reaper = new Reaper();
        var watched = new WatchedDriver();
        var disks = new BlockDevices(devices, modules);
        var storages = new StorageTable(
            new ShareDriver(modules, devices), new EphemeralDriver(), new LocalDriver(), new BindDriver(), new OverlayDriver(modules), watched,
            new BlockDriver(disks, modules));
        var namespaces = new SharedNamespaces(reaper);
        var oom = new OomWatch(poller);
        var containers = new ContainerTable(reaper, poller, new Crun(reaper, usePivotRoot), storages, new DeviceRewriter(disks), namespaces, oom);
        var table = new TtrpcServiceTable();
        new SandboxMethods(devices.Ready, containers, storages, modules, namespaces, GuestSystem.PowerOff).AddTo(table);
        new ContainerMethods(containers, oom).AddTo(table);
        new ProcessMethods(containers, new GuestPrograms(reaper, poller, debugConsole)).AddTo(table);
        new MachineMethods(devices).AddTo(table);
        var net = RouteNetlink.Open();
        new NetworkMethods(new InterfaceTable(net, devices), new GuestRoutes(net)).AddTo(table);
        new VolumeMethods(watched).AddTo(table);
        new NameMethods().AddTo(table);
        new ConnectionMethods().AddTo(table);
        SizeMethods.AddTo(table);
        var calls = new CallCounters();
        MetricsMethods.AddTo(table, calls);
        return new AgentChannel(new TtrpcServer(table, log, calls: calls), poller, log);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "guest booted from {root}, {uptime} ms after the kernel")]
    private static partial void LogBooted(ILogger log, BootRoot root, long uptime);
}
