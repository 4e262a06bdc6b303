using System;

namespace KataShimNet.VhostFrontEnd.VhostUser;

/// <summary>Feature bits of the device (virtio 1.2, 6; vhost-user protocol).</summary>
[Flags]
public enum VirtioFeatures : ulong
{
    None = 0,
    IndirectDescriptors = 1UL << 28,
    EventIndex = 1UL << 29,
    ProtocolFeatures = 1UL << 30,
    Version1 = 1UL << 32,
    AccessPlatform = 1UL << 33,
    RingPacked = 1UL << 34,
}

/// <summary>Protocol feature bits (vhost-user protocol, "Protocol features").</summary>
[Flags]
public enum ProtocolFeatures : ulong
{
    None = 0,
    MultiQueue = 1UL << 0,
    ReplyAck = 1UL << 3,
    BackendRequests = 1UL << 5,
    Config = 1UL << 9,
    BackendSendFd = 1UL << 10,
    InflightShmfd = 1UL << 12,
    ResetDevice = 1UL << 13,
    ConfigureMemSlots = 1UL << 15,
    Status = 1UL << 16,
    DeviceState = 1UL << 19,
    Shmem = 1UL << 22,
}
