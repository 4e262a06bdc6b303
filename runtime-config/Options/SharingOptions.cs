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
    public SharedMaps Dax { get; init; } = SharedMaps.Auto;

    /// <summary>Key <c>dax_window_mib</c>: MiB of files that a guest can have mapped at a time, a power of two, 2 to 512.</summary>
    public int DaxWindowMib { get; init; } = 128;

    /// <summary>Key <c>truncation_guard</c>: whether processes of the host that cut a file are made to wait until guests have let go of it.</summary>
    public TruncationGuard TruncationGuard { get; init; } = TruncationGuard.Auto;

    /// <summary>
    /// Key <c>lease_validity_ms</c>: for how many milliseconds a guest may believe what it was told of a shared file that no other pod uses, 0 to
    /// 30000; 0 lets it ask every time. What a process of the host changes is seen after so long at the latest, so the default is 0.
    /// </summary>
    public int LeaseValidityMs { get; init; }

    /// <summary>
    /// Key <c>lease_margin_ms</c>: by how many milliseconds longer other pods wait with a change, 0 to 30000, because a guest's clock may lag.
    /// </summary>
    public int LeaseMarginMs { get; init; } = 1000;

    /// <summary>
    /// Key <c>lease_contention_ms</c>: for how many milliseconds after a use by another pod, or a change by a process of the host, nothing is
    /// believed of a shared file, 0 to 600000.
    /// </summary>
    public int LeaseContentionMs { get; init; } = 10000;

    /// <summary>Key <c>maps_without_dax</c>: whether shared files that are not mapped from the host's memory may be mapped all the same.</summary>
    public MapsWithoutDax MapsWithoutDax { get; init; } = MapsWithoutDax.Allow;

    /// <summary>
    /// Key <c>sandbox_bind_mounts</c>: folders of the host that every guest has at /run/kata-containers/shared/containers/sandbox-mounts/NAME, each
    /// <c>/PATH</c>, <c>/PATH:ro</c> or <c>/PATH:rw</c>. Containers do not see them.
    /// </summary>
    public string[] SandboxBindMounts { get; init; } = [];

    /// <summary>Key <c>extra_arguments</c>: appended to the daemons' command lines as they are.</summary>
    public string[] ExtraArguments { get; init; } = [];
}
