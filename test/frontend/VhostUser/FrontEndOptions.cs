using System;

namespace KataShimNet.VhostFrontEnd.VhostUser;

/// <summary>What a front end asks of the back end, and how it lays its queues out.</summary>
public sealed record FrontEndOptions
{
    /// <summary>Request queues, besides the high-priority one.</summary>
    public int RequestQueues { get; init; } = 1;

    /// <summary>Descriptors of each queue: a power of two, at most 1024 for a virtio-fs device of QEMU.</summary>
    public ushort QueueSize { get; init; } = 128;

    /// <summary>Device features to take when they are offered.</summary>
    public VirtioFeatures Features { get; init; } =
        VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures;

    /// <summary>Protocol features to take when they are offered.</summary>
    public ProtocolFeatures ProtocolFeatures { get; init; } =
        ProtocolFeatures.MultiQueue | ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests | ProtocolFeatures.Config
        | ProtocolFeatures.BackendSendFd | ProtocolFeatures.ConfigureMemSlots;

    /// <summary>Bytes of each of the two memory regions.</summary>
    public ulong RegionSize { get; init; } = 32 << 20;

    /// <summary>Longest wait for an answer of any kind.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
