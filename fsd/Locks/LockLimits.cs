namespace KataShimNet.Fsd.Locks;

/// <summary>How much of the host's memory, descriptors and threads a guest's locks may take. Beyond: ENOLCK.</summary>
/// <remarks>Owners and ranges cannot be more than their files have room for, which is what the defaults are.</remarks>
internal sealed record LockLimits
{
    /// <summary>Pairs of a file and an owner that hold locks: each of a POSIX owner takes a descriptor.</summary>
    public int Owners { get; init; } = 1024;

    /// <summary>Locked ranges in all: each is a structure in the host's kernel.</summary>
    public int Ranges { get; init; } = 4096;

    /// <summary>Requests that wait for a lock. Each keeps a request of its ring from being used again.</summary>
    public int Waiters { get; init; } = 256;

    /// <summary>Of a ring's entries, the part (one in so many) that waiting requests may keep: what frees them must get through.</summary>
    public int RingShare { get; init; } = 4;

    /// <summary>Threads that wait for locks which others on the host hold.</summary>
    public int Threads { get; init; } = 32;
}
