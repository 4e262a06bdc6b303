namespace KataShimNet.RuntimeConfig.Options;

/// <summary>All settings of a runtime handler, as read from one YAML file. Every value has a default that works with no file.</summary>
public sealed record KatanetOptions
{
    /// <summary>Default path of the file.</summary>
    public const string DefaultPath = "/etc/katanet/config.yaml";

    /// <summary>Section <c>hypervisor</c>.</summary>
    public HypervisorOptions Hypervisor { get; init; } = new();

    /// <summary>Section <c>guest</c>.</summary>
    public GuestOptions Guest { get; init; } = new();

    /// <summary>Section <c>sharing</c>.</summary>
    public SharingOptions Sharing { get; init; } = new();

    /// <summary>Section <c>agent</c>.</summary>
    public AgentOptions Agent { get; init; } = new();

    /// <summary>Section <c>runtime</c>.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Section <c>containerd</c>.</summary>
    public ContainerdOptions Containerd { get; init; } = new();
}

/// <summary>How the virtual machine is run.</summary>
public sealed record HypervisorOptions
{
    /// <summary>Key <c>path</c>: QEMU, absolute.</summary>
    public string Path { get; init; } = "/usr/bin/qemu-system-x86_64";

    /// <summary>Key <c>accelerator</c>: <c>auto</c> takes KVM where the processor and /dev/kvm offer it.</summary>
    public Accelerator Accelerator { get; init; } = Accelerator.Auto;

    /// <summary>Key <c>vcpus</c>: 1 to 240. Under TCG at least 2 are given: with one, atomics are not atomic between machines.</summary>
    public int Vcpus { get; init; } = 2;

    /// <summary>Key <c>memory_mib</c>: 128 or more.</summary>
    public int MemoryMib { get; init; } = 2048;

    /// <summary>Key <c>extra_arguments</c>: appended to QEMU's command line as they are.</summary>
    public string[] ExtraArguments { get; init; } = [];
}

/// <summary>Accelerators.</summary>
public enum Accelerator
{
    /// <summary>KVM where it works, otherwise TCG.</summary>
    Auto,
    /// <summary>KVM, or an error.</summary>
    Kvm,
    /// <summary>Emulation.</summary>
    Tcg,
}

/// <summary>What the virtual machine runs.</summary>
public sealed record GuestOptions
{
    /// <summary>Key <c>kernel</c>: vmlinux or bzImage, absolute.</summary>
    public string Kernel { get; init; } = "/usr/share/katanet/vmlinux";

    /// <summary>Key <c>root</c>: folder that is the guest's root file system, absolute.</summary>
    public string Root { get; init; } = "/usr/share/katanet/guest";

    /// <summary>Key <c>initrd</c>: the same tree as an initrd, absolute; used with <c>boot: initrd</c>.</summary>
    public string Initrd { get; init; } = "/usr/share/katanet/guest.cpio.zst";

    /// <summary>Key <c>boot</c>.</summary>
    public GuestBoot Boot { get; init; } = GuestBoot.Virtiofs;

    /// <summary>Key <c>kernel_params</c>: appended to the kernel's command line; the last word wins.</summary>
    public string KernelParams { get; init; } = "";
}

/// <summary>Where the guest's root comes from.</summary>
public enum GuestBoot
{
    /// <summary>The kernel mounts it itself from virtio-fs.</summary>
    Virtiofs,
    /// <summary>An initrd, for kernels that have virtio-fs as a module.</summary>
    Initrd,
}

/// <summary>How files reach the guest.</summary>
public sealed record SharingOptions
{
    /// <summary>Key <c>daemon</c>: fsd, absolute; empty takes the one beside the shim.</summary>
    public string Daemon { get; init; } = "";

    /// <summary>Key <c>queues</c>: request queues, 1 to 64; 0 gives one per vCPU.</summary>
    public int Queues { get; init; }

    /// <summary>Key <c>queue_size</c>: descriptors per queue, a power of two, 16 to 1024.</summary>
    public int QueueSize { get; init; } = 1024;
}

/// <summary>The agent in the guest, and how long it may take.</summary>
public sealed record AgentOptions
{
    /// <summary>Key <c>log_level</c>: trace, debug, info, warning, error.</summary>
    public string LogLevel { get; init; } = "info";

    /// <summary>Key <c>start_timeout_seconds</c>: from QEMU's start to the agent's first answer, 1 to 3600.</summary>
    public int StartTimeoutSeconds { get; init; } = 60;

    /// <summary>Key <c>request_timeout_seconds</c>: any other request, 1 to 3600.</summary>
    public int RequestTimeoutSeconds { get; init; } = 60;
}

/// <summary>The shim itself.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Key <c>state_dir</c>: one folder per sandbox, absolute.</summary>
    public string StateDir { get; init; } = "/run/katanet";

    /// <summary>Key <c>log_level</c>: trace, debug, info, warning, error.</summary>
    public string LogLevel { get; init; } = "info";

    /// <summary>Key <c>output_grace_seconds</c>: how long a process waits for a reader of its output that went away before output is dropped, 0 to 3600.</summary>
    public int OutputGraceSeconds { get; init; } = 10;
}

/// <summary>The side that faces containerd.</summary>
public sealed record ContainerdOptions
{
    /// <summary>Key <c>protocol</c>.</summary>
    public ShimProtocol Protocol { get; init; } = ShimProtocol.Ttrpc;
}

/// <summary>Protocols a shim can speak.</summary>
public enum ShimProtocol
{
    /// <summary>ttRPC: every containerd.</summary>
    Ttrpc,
    /// <summary>gRPC: containerd 1.7 only.</summary>
    Grpc,
}
