namespace KataShimNet.Fsd.VhostUser;

/// <summary>Message numbers of the front end (VHOST_USER_*; vhost-user.rst, "Front-end message types"): those that are served.</summary>
internal enum FrontEndRequest : uint
{
    /// <summary>Which virtio features are offered.</summary>
    GetFeatures = 1,
    /// <summary>Which of them are in force.</summary>
    SetFeatures = 2,
    /// <summary>The front end owns this session.</summary>
    SetOwner = 3,
    /// <summary>Deprecated: all rings off.</summary>
    ResetOwner = 4,
    /// <summary>All of guest memory, replacing what was.</summary>
    SetMemTable = 5,
    /// <summary>Entries of a ring.</summary>
    SetVringNum = 8,
    /// <summary>Addresses of a ring.</summary>
    SetVringAddr = 9,
    /// <summary>Next index to take from a ring.</summary>
    SetVringBase = 10,
    /// <summary>Stops a ring and tells the next index.</summary>
    GetVringBase = 11,
    /// <summary>The eventfd by which the guest wakes us; starts the ring.</summary>
    SetVringKick = 12,
    /// <summary>The eventfd by which we interrupt the guest.</summary>
    SetVringCall = 13,
    /// <summary>The eventfd by which a broken ring is reported.</summary>
    SetVringErr = 14,
    /// <summary>Which protocol features are offered.</summary>
    GetProtocolFeatures = 15,
    /// <summary>Which of them are in force.</summary>
    SetProtocolFeatures = 16,
    /// <summary>How many queues can be served.</summary>
    GetQueueNum = 17,
    /// <summary>Turns a ring on or off.</summary>
    SetVringEnable = 18,
    /// <summary>The socket for requests in the other direction.</summary>
    SetBackendReqFd = 21,
    /// <summary>Reads the device's configuration space.</summary>
    GetConfig = 24,
    /// <summary>Writes it.</summary>
    SetConfig = 25,
    /// <summary>Asks for memory in which requests in flight are recorded.</summary>
    GetInflightFd = 31,
    /// <summary>Gives that memory, perhaps of an earlier back end.</summary>
    SetInflightFd = 32,
    /// <summary>The device starts anew.</summary>
    ResetDevice = 34,
    /// <summary>How many memory regions can be held.</summary>
    GetMaxMemSlots = 36,
    /// <summary>One more memory region.</summary>
    AddMemReg = 37,
    /// <summary>One memory region less.</summary>
    RemMemReg = 38,
    /// <summary>Sets the virtio device status.</summary>
    SetStatus = 39,
    /// <summary>Reads it.</summary>
    GetStatus = 40,
    /// <summary>Which memory regions of its own the device has.</summary>
    GetShmemConfig = 44,
}
