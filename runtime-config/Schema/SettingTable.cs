using System;
using System.Collections.Generic;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>Every section and key there is: the one place where names, types and bounds of the settings file are said.</summary>
internal static class SettingTable
{
    private static readonly (string, Accelerator)[] s_accelerators =
        [("auto", Accelerator.Auto), ("kvm", Accelerator.Kvm), ("tcg", Accelerator.Tcg)];

    private static readonly (string, GuestBoot)[] s_boots = [("virtiofs", GuestBoot.Virtiofs), ("initrd", GuestBoot.Initrd)];

    private static readonly (string, BlockDeviceDriver)[] s_blockDeviceDrivers =
        [("virtio-blk", BlockDeviceDriver.VirtioBlk), ("virtio-scsi", BlockDeviceDriver.VirtioScsi)];

    private static readonly (string, BlockAio)[] s_blockAios =
        [("threads", BlockAio.Threads), ("native", BlockAio.Native), ("io_uring", BlockAio.IoUring)];

    private static readonly (string, BlockCache)[] s_blockCaches =
        [("none", BlockCache.None), ("writeback", BlockCache.Writeback), ("unsafe", BlockCache.Unsafe)];

    private static readonly (string, ExtraMonitor)[] s_extraMonitors =
        [("none", ExtraMonitor.None), ("hmp", ExtraMonitor.Hmp), ("qmp", ExtraMonitor.Qmp), ("qmp-pretty", ExtraMonitor.QmpPretty)];

    private static readonly (string, ShimProtocol)[] s_protocols = [("ttrpc", ShimProtocol.Ttrpc), ("grpc", ShimProtocol.Grpc)];

    private static readonly (string, NetworkModel)[] s_networkModels =
        [("tcfilter", NetworkModel.TcFilter), ("macvtap", NetworkModel.Macvtap), ("none", NetworkModel.None)];

    private static readonly (string, VhostUse)[] s_vhostUses = [("auto", VhostUse.Auto), ("never", VhostUse.Never)];

    private static readonly (string, SharedMaps)[] s_sharedMaps =
        [("auto", SharedMaps.Auto), ("always", SharedMaps.Always), ("never", SharedMaps.Never)];

    private static readonly (string, TruncationGuard)[] s_truncationGuards =
        [("auto", TruncationGuard.Auto), ("on", TruncationGuard.On), ("off", TruncationGuard.Off)];

    private static readonly (string, MapsWithoutDax)[] s_mapsWithoutDax = [("allow", MapsWithoutDax.Allow), ("refuse", MapsWithoutDax.Refuse)];

    private static readonly (string, string)[] s_logLevels =
        [("trace", "trace"), ("debug", "debug"), ("info", "info"), ("warning", "warning"), ("error", "error")];

    /// <summary>The sections, in the order in which they are shown.</summary>
    public static IReadOnlyList<Section> Sections { get; } =
    [
        new Section<HypervisorOptions>("hypervisor", o => o.Hypervisor, (o, s) => o with { Hypervisor = s },
            Text<HypervisorOptions>("path", Values.Path, s => s.Path, (s, v) => s with { Path = v }),
            Word<HypervisorOptions, Accelerator>("accelerator", s_accelerators, s => s.Accelerator, (s, v) => s with { Accelerator = v }),
            Number<HypervisorOptions>("vcpus", Values.Number(1, 240), s => s.Vcpus, (s, v) => s with { Vcpus = v }),
            Number<HypervisorOptions>("max_vcpus", Values.Number(0, 240), s => s.MaxVcpus, (s, v) => s with { MaxVcpus = v }),
            Fraction<HypervisorOptions>("vcpus_overhead", Values.Fraction(0, 240), s => s.VcpusOverhead, (s, v) => s with { VcpusOverhead = v }),
            Number<HypervisorOptions>("memory_mib", Values.Number(128), s => s.MemoryMib, (s, v) => s with { MemoryMib = v }),
            Number<HypervisorOptions>("memory_overhead_mib", Values.Number(0, 65536), s => s.MemoryOverheadMib,
                (s, v) => s with { MemoryOverheadMib = v }),
            Number<HypervisorOptions>("max_memory_mib", Values.Number(0), s => s.MaxMemoryMib, (s, v) => s with { MaxMemoryMib = v }),
            Flag<HypervisorOptions>("free_page_reporting", s => s.FreePageReporting, (s, v) => s with { FreePageReporting = v }),
            Flag<HypervisorOptions>("hugepages", s => s.Hugepages, (s, v) => s with { Hugepages = v }),
            Flag<HypervisorOptions>("prealloc", s => s.Prealloc, (s, v) => s with { Prealloc = v }),
            Number<HypervisorOptions>("hotplug_ports", Values.Number(0, 28), s => s.HotplugPorts, (s, v) => s with { HotplugPorts = v }),
            Word<HypervisorOptions, BlockDeviceDriver>("block_device_driver", s_blockDeviceDrivers, s => s.BlockDeviceDriver,
                (s, v) => s with { BlockDeviceDriver = v }),
            Word<HypervisorOptions, BlockAio>("block_aio", s_blockAios, s => s.BlockAio, (s, v) => s with { BlockAio = v }),
            Word<HypervisorOptions, BlockCache>("block_cache", s_blockCaches, s => s.BlockCache, (s, v) => s with { BlockCache = v }),
            Number<HypervisorOptions>("block_queues", Values.Number(0, 64), s => s.BlockQueues, (s, v) => s with { BlockQueues = v }),
            Number<HypervisorOptions>("block_queue_size", Values.PowerOfTwo(16, 1024), s => s.BlockQueueSize, (s, v) => s with { BlockQueueSize = v }),
            Number<HypervisorOptions>("block_logical_sector", Values.PowerOfTwo(512, 32768, orZero: true), s => s.BlockLogicalSector,
                (s, v) => s with { BlockLogicalSector = v }),
            Number<HypervisorOptions>("block_physical_sector", Values.PowerOfTwo(512, 32768, orZero: true), s => s.BlockPhysicalSector,
                (s, v) => s with { BlockPhysicalSector = v }),
            Flag<HypervisorOptions>("block_iothread", s => s.BlockIothread, (s, v) => s with { BlockIothread = v }),
            Text<HypervisorOptions>("entropy_source", Values.OptionalPath, s => s.EntropySource, (s, v) => s with { EntropySource = v }),
            Word<HypervisorOptions, ExtraMonitor>("extra_monitor_socket", s_extraMonitors, s => s.ExtraMonitorSocket,
                (s, v) => s with { ExtraMonitorSocket = v }),
            Text<HypervisorOptions>("cpu_features", Values.Text, s => s.CpuFeatures, (s, v) => s with { CpuFeatures = v }),
            Text<HypervisorOptions>("user", Values.Text, s => s.User, (s, v) => s with { User = v }),
            Flag<HypervisorOptions>("seccomp", s => s.Seccomp, (s, v) => s with { Seccomp = v }),
            List<HypervisorOptions>("extra_arguments", Values.Texts, s => s.ExtraArguments, (s, v) => s with { ExtraArguments = v }),
            List<HypervisorOptions>("enable_annotations", Values.Texts, s => s.EnableAnnotations, (s, v) => s with { EnableAnnotations = v })),
        new Section<GuestOptions>("guest", o => o.Guest, (o, s) => o with { Guest = s },
            Text<GuestOptions>("kernel", Values.Path, s => s.Kernel, (s, v) => s with { Kernel = v }),
            Text<GuestOptions>("root", Values.Path, s => s.Root, (s, v) => s with { Root = v }),
            Text<GuestOptions>("initrd", Values.Path, s => s.Initrd, (s, v) => s with { Initrd = v }),
            Word<GuestOptions, GuestBoot>("boot", s_boots, s => s.Boot, (s, v) => s with { Boot = v }),
            Flag<GuestOptions>("seccomp", s => s.Seccomp, (s, v) => s with { Seccomp = v }),
            Text<GuestOptions>("kernel_params", Values.Text, s => s.KernelParams, (s, v) => s with { KernelParams = v })),
        new Section<SharingOptions>("sharing", o => o.Sharing, (o, s) => o with { Sharing = s },
            Text<SharingOptions>("daemon", Values.OptionalPath, s => s.Daemon, (s, v) => s with { Daemon = v }),
            Number<SharingOptions>("queues", Values.Number(0, 64), s => s.Queues, (s, v) => s with { Queues = v }),
            Number<SharingOptions>("queue_size", Values.PowerOfTwo(16, 1024), s => s.QueueSize, (s, v) => s with { QueueSize = v }),
            Number<SharingOptions>("watch_limit_kib", Values.Number(0, 65536), s => s.WatchLimitKib, (s, v) => s with { WatchLimitKib = v }),
            Word<SharingOptions, SharedMaps>("dax", s_sharedMaps, s => s.Dax, (s, v) => s with { Dax = v }),
            Number<SharingOptions>("dax_window_mib", Values.PowerOfTwo(2, 512), s => s.DaxWindowMib, (s, v) => s with { DaxWindowMib = v }),
            Word<SharingOptions, TruncationGuard>("truncation_guard", s_truncationGuards, s => s.TruncationGuard,
                (s, v) => s with { TruncationGuard = v }),
            Number<SharingOptions>("lease_validity_ms", Values.Number(0, 30000), s => s.LeaseValidityMs, (s, v) => s with { LeaseValidityMs = v }),
            Number<SharingOptions>("lease_margin_ms", Values.Number(0, 30000), s => s.LeaseMarginMs, (s, v) => s with { LeaseMarginMs = v }),
            Number<SharingOptions>("lease_contention_ms", Values.Number(0, 600000), s => s.LeaseContentionMs,
                (s, v) => s with { LeaseContentionMs = v }),
            Word<SharingOptions, MapsWithoutDax>("maps_without_dax", s_mapsWithoutDax, s => s.MapsWithoutDax,
                (s, v) => s with { MapsWithoutDax = v }),
            List<SharingOptions>("sandbox_bind_mounts", Values.BindMounts, s => s.SandboxBindMounts, (s, v) => s with { SandboxBindMounts = v }),
            List<SharingOptions>("extra_arguments", Values.Texts, s => s.ExtraArguments, (s, v) => s with { ExtraArguments = v })),
        new Section<NetworkOptions>("network", o => o.Network, (o, s) => o with { Network = s },
            Word<NetworkOptions, NetworkModel>("model", s_networkModels, s => s.Model, (s, v) => s with { Model = v }),
            Number<NetworkOptions>("queues", Values.Number(1, 16), s => s.Queues, (s, v) => s with { Queues = v }),
            Word<NetworkOptions, VhostUse>("vhost", s_vhostUses, s => s.Vhost, (s, v) => s with { Vhost = v }),
            Flag<NetworkOptions>("port_forward", s => s.PortForward, (s, v) => s with { PortForward = v })),
        new Section<AgentOptions>("agent", o => o.Agent, (o, s) => o with { Agent = s },
            Word<AgentOptions, string>("log_level", s_logLevels, s => s.LogLevel, (s, v) => s with { LogLevel = v }),
            Number<AgentOptions>("start_timeout_seconds", Values.Number(1, 3600), s => s.StartTimeoutSeconds,
                (s, v) => s with { StartTimeoutSeconds = v }),
            Number<AgentOptions>("request_timeout_seconds", Values.Number(1, 3600), s => s.RequestTimeoutSeconds,
                (s, v) => s with { RequestTimeoutSeconds = v }),
            Number<AgentOptions>("health_interval_seconds", Values.Number(0, 3600), s => s.HealthIntervalSeconds,
                (s, v) => s with { HealthIntervalSeconds = v }),
            Number<AgentOptions>("health_timeout_seconds", Values.Number(1, 3600), s => s.HealthTimeoutSeconds,
                (s, v) => s with { HealthTimeoutSeconds = v }),
            List<AgentOptions>("kernel_modules", Values.Texts, s => s.KernelModules, (s, v) => s with { KernelModules = v }),
            Flag<AgentOptions>("debug_console", s => s.DebugConsole, (s, v) => s with { DebugConsole = v })),
        new Section<RuntimeOptions>("runtime", o => o.Runtime, (o, s) => o with { Runtime = s },
            Text<RuntimeOptions>("state_dir", Values.Path, s => s.StateDir, (s, v) => s with { StateDir = v }),
            Word<RuntimeOptions, string>("log_level", s_logLevels, s => s.LogLevel, (s, v) => s with { LogLevel = v }),
            Number<RuntimeOptions>("output_grace_seconds", Values.Number(0, 3600), s => s.OutputGraceSeconds,
                (s, v) => s with { OutputGraceSeconds = v })),
        new Section<TracingOptions>("tracing", o => o.Tracing, (o, s) => o with { Tracing = s },
            Text<TracingOptions>("endpoint", Values.Endpoint, s => s.Endpoint, (s, v) => s with { Endpoint = v }),
            Number<TracingOptions>("sample_percent", Values.Number(0, 100), s => s.SamplePercent, (s, v) => s with { SamplePercent = v }),
            Text<TracingOptions>("service_name", Values.Text, s => s.ServiceName, (s, v) => s with { ServiceName = v })),
        new Section<ContainerdOptions>("containerd", o => o.Containerd, (o, s) => o with { Containerd = s },
            Word<ContainerdOptions, ShimProtocol>("protocol", s_protocols, s => s.Protocol, (s, v) => s with { Protocol = v })),
    ];

    /// <summary>Reads a whole document over other options: what it does not say stays, and a list replaces a list.</summary>
    /// <param name="options">What holds where the document says nothing.</param>
    /// <param name="document">The document.</param>
    /// <param name="problems">Where mistakes go.</param>
    /// <param name="onSet">Called with the whole key and the value of each setting that was read.</param>
    public static KatanetOptions Read(KatanetOptions options, YamlNode document, ProblemList problems, Action<string, YamlNode> onSet)
    {
        if (document is not YamlMapping mapping)
        {
            problems.Add(document, "", $"sections were expected, not {document.Kind}", "write SECTION: and below it, indented, KEY: VALUE");
            return options;
        }
        foreach (YamlMember member in mapping.Members)
        {
            if (Find(member.Key.Value) is { } section)
                options = section.Read(options, member.Value, problems, onSet);
            else
                UnknownKey.Report(member.Key, problems);
        }
        return options;
    }

    /// <summary>The section of that name, or null.</summary>
    public static Section? Find(string name)
    {
        foreach (Section section in Sections)
        {
            if (section.Name == name)
                return section;
        }
        return null;
    }

    private static Setting<TSection, string> Text<TSection>(
        string key, ValueKind<string> kind, Func<TSection, string> get, Func<TSection, string, TSection> set) =>
        new(key, kind, get, set, static value => value);

    private static Setting<TSection, int> Number<TSection>(
        string key, ValueKind<int> kind, Func<TSection, int> get, Func<TSection, int, TSection> set) =>
        new(key, kind, get, set, static value => value);

    private static Setting<TSection, double> Fraction<TSection>(
        string key, ValueKind<double> kind, Func<TSection, double> get, Func<TSection, double, TSection> set) =>
        new(key, kind, get, set, static value => value);

    private static Setting<TSection, string[]> List<TSection>(
        string key, ValueKind<string[]> kind, Func<TSection, string[]> get, Func<TSection, string[], TSection> set) =>
        new(key, kind, get, set, static value => value);

    private static Setting<TSection, bool> Flag<TSection>(string key, Func<TSection, bool> get, Func<TSection, bool, TSection> set) =>
        new(key, Values.Flag, get, set, static value => value);

    private static Setting<TSection, TValue> Word<TSection, TValue>(
        string key, (string Word, TValue Value)[] words, Func<TSection, TValue> get, Func<TSection, TValue, TSection> set) =>
        new(key, Values.Choice(words), get, set,
            value => Array.Find(words, word => EqualityComparer<TValue>.Default.Equals(word.Value, value)).Word);
}
