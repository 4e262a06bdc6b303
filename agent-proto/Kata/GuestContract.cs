namespace KataShimNet.AgentProto.Kata;

/// <summary>Names that host and guest must agree upon. Those of Kata where Kata has one, so that either end works with Kata's other.</summary>
public static class GuestContract
{
    /// <summary>Storage driver of the agent that mounts a virtio-fs device.</summary>
    public const string ShareDriver = "virtio-fs";

    /// <summary>Tag of the virtio-fs device.</summary>
    public const string ShareTag = "kataShared";

    /// <summary>Where the guest has the synthetic root with all the exports.</summary>
    public const string SharePath = "/run/kata-containers/shared/containers";

    /// <summary>Name of the export in whose folders the guest has those of the host that every sandbox gets, as with Kata.</summary>
    public const string SandboxMountsExport = "sandbox-mounts";

    /// <summary>Tag of the second virtio-fs device, whose files the guest maps instead of caching them (DAX). It comes when it is needed.</summary>
    public const string MappedShareTag = "kataMapped";

    /// <summary>Where the guest has the exports of the second device.</summary>
    public const string MappedSharePath = "/run/kata-containers/shared/mapped";

    /// <summary>Where the guest keeps bundles, one folder per container.</summary>
    public const string ContainersPath = "/run/kata-containers";

    /// <summary>Name of the export that is the guest's own root; the kernel starts <c>/guest/sbin/init</c> from it.</summary>
    /// <remarks>
    /// The kernel is booted with <c>root=kataShared rootfstype=virtiofs rw init=/guest/sbin/init panic=-1</c>: it mounts the synthetic
    /// root and comes to the program through the submount. The agent then makes the submount the root and puts the synthetic
    /// root at <see cref="SharePath"/>. With <c>init=/sbin/init</c> the device's root is the guest tree itself, with
    /// <c>rdinit=/init</c> an initramfs is; then the storage <c>virtio-fs</c> of CreateSandbox mounts the share.
    /// </remarks>
    public const string GuestRootExport = "guest";

    /// <summary>Path of the init program in the guest tree.</summary>
    public const string InitPath = "/sbin/init";

    /// <summary>Name of the virtio-serial port of the agent; the guest finds it as /sys/class/virtio-ports/*/name.</summary>
    public const string SerialPortName = "katanet.agent.0";

    /// <summary>vsock port of the agent's ttRPC service.</summary>
    public const uint VsockPort = 1024;

    /// <summary>Kernel command line key: where the agent serves, <c>vsock://-1:1024</c> or <c>serial://katanet.agent.0</c>.</summary>
    public const string ServerAddressKey = "agent.server_addr";

    /// <summary>Kernel command line key: log level of the agent.</summary>
    public const string LogLevelKey = "agent.log";

    /// <summary>Kernel command line key: the agent runs programs in the guest's own root, for whoever is root on the host.</summary>
    public const string DebugConsoleKey = "agent.debug_console";

    /// <summary>What stands for the guest itself, as container id in calls about processes.</summary>
    public const string GuestItself = "";

    /// <summary>ttRPC service of the agent.</summary>
    public const string AgentService = "grpc.AgentService";

    /// <summary>ttRPC service for what Kata's API has no call for (protos/katanet/guest.proto).</summary>
    public const string GuestService = "katanet.Guest";

    /// <summary>Prefix of the counters of memory.events among the statistics of a container's memory; the others are those of memory.stat.</summary>
    public const string MemoryEventsPrefix = "memory.events.";

    /// <summary>ttRPC service for health and version.</summary>
    public const string HealthService = "grpc.Health";

    /// <summary>ttRPC service for volumes that the guest has as a copy; ours, see protos/katanet/volumes.proto.</summary>
    public const string VolumesService = "katanet.Volumes";

    /// <summary>Most bytes that ReadStdout, ReadStderr and WriteStdin move in one call.</summary>
    public const int StreamChunk = 256 * 1024;
}
