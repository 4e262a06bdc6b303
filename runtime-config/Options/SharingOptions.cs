namespace KataShimNet.RuntimeConfig.Options;

/// <summary>How files reach the guest.</summary>
public sealed record SharingOptions
{
    /// <summary>Key <c>daemon</c>: fsd, absolute; empty takes the one beside the shim.</summary>
    public string Daemon { get; init; } = "";

    /// <summary>Key <c>queues</c>: request queues, 1 to 64; 0 gives one per vCPU.</summary>
    public int Queues { get; init; }

    /// <summary>Key <c>queue_size</c>: descriptors per queue, a power of two, 16 to 1024.</summary>
    public int QueueSize { get; init; } = 1024;

    /// <summary>
    /// Key <c>watch_limit_kib</c>: most KiB of a configMap, secret, projected or downwardAPI volume that the guest has as a copy with events,
    /// 0 to 65536; a larger one is shared without events. Kubernetes itself allows 1 MiB.
    /// </summary>
    public int WatchLimitKib { get; init; } = 1024;

    /// <summary>Key <c>dax</c>: which files the guest maps from the host's memory instead of copying them.</summary>
    public SharedMaps Dax { get; init; } = SharedMaps.Never;

    /// <summary>Key <c>dax_window_mib</c>: MiB of files that a guest can have mapped at a time, a power of two, 2 to 512.</summary>
    public int DaxWindowMib { get; init; } = 128;

    /// <summary>Key <c>truncation_guard</c>: whether processes of the host that cut a file are made to wait until guests have let go of it.</summary>
    public TruncationGuard TruncationGuard { get; init; } = TruncationGuard.Auto;
}
