using System;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Protocol features (VHOST_USER_PROTOCOL_F_*; vhost-user.rst, "Protocol features").</summary>
/// <remarks>
/// Never to be offered: 20 (GET_VRING_BASE_INFLIGHT) and 21 (GPA_ADDRESSES); with 21 the ring addresses would be
/// guest-physical instead of the front end's virtual ones.
/// </remarks>
[Flags]
internal enum ProtocolFeatures : ulong
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Several queues.</summary>
    Mq = 1ul << 0,
    /// <summary>Answers where none is due, on demand.</summary>
    ReplyAck = 1ul << 3,
    /// <summary>A socket for requests of the back end.</summary>
    BackendReq = 1ul << 5,
    /// <summary>The back end has the configuration space.</summary>
    Config = 1ul << 9,
    /// <summary>Requests of the back end may carry descriptors.</summary>
    BackendSendFd = 1ul << 10,
    /// <summary>Requests in flight are recorded in memory that the front end keeps.</summary>
    InflightShmfd = 1ul << 12,
    /// <summary>The device can be reset by a message.</summary>
    ResetDevice = 1ul << 13,
    /// <summary>Memory regions come and go one by one.</summary>
    ConfigureMemSlots = 1ul << 15,
    /// <summary>The virtio device status is told.</summary>
    Status = 1ul << 16,
    /// <summary>The device has memory regions of its own, which the back end fills (SHMEM).</summary>
    Shmem = 1ul << 22,
}
