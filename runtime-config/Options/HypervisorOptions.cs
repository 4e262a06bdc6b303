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

    /// <summary>Key <c>memory_mib</c>: 128 or more.</summary>
    public int MemoryMib { get; init; } = 2048;

    /// <summary>Key <c>hotplug_ports</c>: devices that can be put into a running machine (network interfaces, disks), 0 to 28.</summary>
    public int HotplugPorts { get; init; } = 8;

    /// <summary>Key <c>block_device_driver</c>: what block devices of the host are in the guest.</summary>
    public BlockDeviceDriver BlockDeviceDriver { get; init; } = BlockDeviceDriver.VirtioBlk;

    /// <summary>Key <c>block_aio</c>: how QEMU reads and writes them.</summary>
    public BlockAio BlockAio { get; init; } = BlockAio.Threads;

    /// <summary>Key <c>block_cache</c>: whether the host caches them.</summary>
    public BlockCache BlockCache { get; init; } = BlockCache.Writeback;

    /// <summary>Key <c>user</c>: whom QEMU runs as: empty for an own user id of each sandbox, a name of /etc/passwd, or <c>root</c>.</summary>
    public string User { get; init; } = "";

    /// <summary>Key <c>seccomp</c>: whether QEMU's own filter of system calls is on.</summary>
    public bool Seccomp { get; init; } = true;

    /// <summary>Key <c>extra_arguments</c>: appended to QEMU's command line as they are.</summary>
    public string[] ExtraArguments { get; init; } = [];
}
