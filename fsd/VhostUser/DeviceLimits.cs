namespace KataShimNet.Fsd.VhostUser;

/// <summary>What the device offers.</summary>
internal static class DeviceLimits
{
    /// <summary>Most queues: one for requests of high priority, the others for requests.</summary>
    public const int MaxQueues = 64;

    /// <summary>Virtio features.</summary>
    public const VirtioFeatures Features =
        VirtioFeatures.Version1 | VirtioFeatures.IndirectDesc | VirtioFeatures.EventIdx | VirtioFeatures.RingPacked | VirtioFeatures.ProtocolFeatures;

    /// <summary>Protocol features of every device; one that has its configuration space here offers <see cref="ProtocolFeatures.Config"/> too.</summary>
    public const ProtocolFeatures Protocol =
        ProtocolFeatures.Mq
        | ProtocolFeatures.ReplyAck
        | ProtocolFeatures.BackendReq
        | ProtocolFeatures.BackendSendFd
        | ProtocolFeatures.InflightShmfd
        | ProtocolFeatures.ResetDevice
        | ProtocolFeatures.ConfigureMemSlots
        | ProtocolFeatures.Status;
}
