using System;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Virtio features (virtio 1.3, section 6) and the one bit that vhost-user adds.</summary>
[Flags]
internal enum VirtioFeatures : ulong
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>VIRTIO_F_INDIRECT_DESC: a descriptor may point to a table of descriptors.</summary>
    IndirectDesc = 1ul << 28,
    /// <summary>VIRTIO_F_EVENT_IDX: either side says at which index it wants to be notified.</summary>
    EventIdx = 1ul << 29,
    /// <summary>VHOST_USER_F_PROTOCOL_FEATURES: protocol features are negotiated, and rings start disabled.</summary>
    ProtocolFeatures = 1ul << 30,
    /// <summary>VIRTIO_F_VERSION_1: not a legacy device.</summary>
    Version1 = 1ul << 32,
    /// <summary>VIRTIO_F_RING_PACKED: rings have the packed layout.</summary>
    RingPacked = 1ul << 34,
}
