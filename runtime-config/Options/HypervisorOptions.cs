namespace KataShimNet.RuntimeConfig.Options;

/// <summary>How the virtual machine is run.</summary>
public sealed record HypervisorOptions
{
    /// <summary>Key <c>path</c>: QEMU, absolute.</summary>
    public string Path { get; init; } = "/usr/bin/qemu-system-x86_64";

    /// <summary>Key <c>accelerator</c>: <c>auto</c> takes KVM where the processor and /dev/kvm offer it.</summary>
    public Accelerator Accelerator { get; init; } = Accelerator.Auto;

    /// <summary>Key <c>vcpus</c>: 1 to 240. Under TCG at least 2 are given: with one, atomics are not atomic between machines.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>Key <c>max_vcpus</c>: most vCPUs of a sandbox, 1 to 240; 0 takes the number of the host's processors.</summary>
    public int MaxVcpus { get; init; }

    /// <summary>Key <c>vcpus_overhead</c>: processors that a guest gets above its containers' limits, for its kernel and agent, 0 to 240; fractions too.</summary>
    public double VcpusOverhead { get; init; }

    /// <summary>Key <c>memory_mib</c>: 128 or more. A sandbox whose containers have limits gets as much as those say instead.</summary>
    public int MemoryMib { get; init; } = 2048;

    /// <summary>Key <c>memory_overhead_mib</c>: what a guest gets above its containers' limits, for its kernel and agent, 0 to 65536.</summary>
    public int MemoryOverheadMib { get; init; } = 256;

    /// <summary>Key <c>max_memory_mib</c>: most memory of a sandbox, 128 or more; 0 takes the host's.</summary>
    public int MaxMemoryMib { get; init; }

    /// <summary>Key <c>free_page_reporting</c>: whether the host gets memory back that the guest has free.</summary>
    public bool FreePageReporting { get; init; } = true;

    /// <summary>Key <c>hugepages</c>: whether the guest's memory is made of the host's huge pages.</summary>
    public bool Hugepages { get; init; }

    /// <summary>Key <c>prealloc</c>: whether the host gives all of the guest's memory at once.</summary>
    public bool Prealloc { get; init; }

    /// <summary>Key <c>hotplug_ports</c>: devices that can be put into a running machine (network interfaces, disks), 0 to 28.</summary>
    public int HotplugPorts { get; init; } = 8;

    /// <summary>Key <c>block_device_driver</c>: what block devices of the host are in the guest.</summary>
    public BlockDeviceDriver BlockDeviceDriver { get; init; } = BlockDeviceDriver.VirtioBlk;

    /// <summary>Key <c>block_aio</c>: how QEMU reads and writes them.</summary>
    public BlockAio BlockAio { get; init; } = BlockAio.Threads;

    /// <summary>Key <c>block_cache</c>: whether the host caches them.</summary>
    public BlockCache BlockCache { get; init; } = BlockCache.Writeback;

    /// <summary>Key <c>block_queues</c>: queues of such a disk, 1 to 64; 0 gives one per vCPU.</summary>
    public int BlockQueues { get; init; }

    /// <summary>Key <c>block_queue_size</c>: descriptors per queue, a power of two, 16 to 1024.</summary>
    public int BlockQueueSize { get; init; } = 256;

    /// <summary>Key <c>block_logical_sector</c>: bytes of the sectors that the guest addresses them by, a power of two, 512 to 32768; 0 takes QEMU's.</summary>
    public int BlockLogicalSector { get; init; }

    /// <summary>Key <c>block_physical_sector</c>: bytes that the guest shall write at once, a power of two, 512 to 32768; 0 takes QEMU's.</summary>
    public int BlockPhysicalSector { get; init; }

    /// <summary>Key <c>block_iothread</c>: whether a thread of its own serves them in QEMU.</summary>
    public bool BlockIothread { get; init; }

    /// <summary>Key <c>entropy_source</c>: device of the host that the guest's random numbers are from, absolute; empty takes getrandom(2).</summary>
    public string EntropySource { get; init; } = "";

    /// <summary>Key <c>extra_monitor_socket</c>: what is spoken on a second monitor of QEMU, for debugging.</summary>
    public ExtraMonitor ExtraMonitorSocket { get; init; } = ExtraMonitor.None;

    /// <summary>Key <c>cpu_features</c>: features of the processor switched on or off, as in <c>-cpu host,FEATURES</c>.</summary>
    public string CpuFeatures { get; init; } = "pmu=off";

    /// <summary>Key <c>user</c>: whom QEMU runs as: empty for an own user id of each sandbox, a name of /etc/passwd, or <c>root</c>.</summary>
    public string User { get; init; } = "";

    /// <summary>Key <c>seccomp</c>: whether QEMU's own filter of system calls is on.</summary>
    public bool Seccomp { get; init; } = true;

    /// <summary>Key <c>extra_arguments</c>: appended to QEMU's command line as they are.</summary>
    public string[] ExtraArguments { get; init; } = [];

    /// <summary>
    /// Key <c>enable_annotations</c>: which <c>io.katacontainers.config.*</c> annotations a pod may set, by the last part of their names;
    /// <c>*</c> stands for anything. Those that could harm the host are not among the defaults.
    /// </summary>
    public string[] EnableAnnotations { get; init; } =
    [
        "default_vcpus", "default_memory", "kernel_params", "kernel_modules", "internetworking_model", "create_container_timeout",
    ];
}
