namespace KataShimNet.Fsd.Locks;

/// <summary>An owner that has, or had, locks on a file. Guarded by the lock of its table.</summary>
internal struct LockOwner
{
    /// <summary>The file.</summary>
    public ulong NodeId;

    /// <summary>Whose locks: the guest's number for a process or an open file; for flock the handle.</summary>
    public ulong Owner;

    /// <summary>The handle that was used last. An owner that is an open file of the guest ends with it.</summary>
    public ulong Handle;

    /// <summary>The open file description that holds the POSIX locks, owned by the slot; −1 for flock, whose handle holds it.</summary>
    public int Fd;

    /// <summary>Index of the export.</summary>
    public int Export;

    /// <summary>Its first range, plus 1; 0 for none.</summary>
    public int Ranges;

    /// <summary>The next owner of the same file, plus 1; 0 ends the list.</summary>
    public int Next;

    /// <summary>Threads that wait on <see cref="Fd"/>.</summary>
    public int Waiting;

    /// <summary>flock(2), which POSIX locks do not see.</summary>
    public bool Flock;

    /// <summary>Whether <see cref="Fd"/> is open for writing, which a lock for writing needs.</summary>
    public bool Writable;

    /// <summary>Whether the slot is in use.</summary>
    public bool Live;
}

/// <summary>A locked range of bytes.</summary>
internal struct LockRange
{
    /// <summary>First byte.</summary>
    public ulong Start;

    /// <summary>Last byte.</summary>
    public ulong End;

    /// <summary>F_RDLCK or F_WRLCK.</summary>
    public uint Type;

    /// <summary>Process that set it, as the guest numbers them.</summary>
    public uint Pid;

    /// <summary>The next range of the same owner, plus 1; 0 ends the list. They rise and do not overlap.</summary>
    public int Next;
}
