using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Locks;

/// <summary>An owner that has, or had, locks on a file. Guarded by the lock of its table.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct LockOwner : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 48;

    /// <summary>The file.</summary>
    [FieldOffset(0)] public ulong NodeId;

    /// <summary>Whose locks: the guest's number for a process or an open file; for flock the handle.</summary>
    [FieldOffset(8)] public ulong Owner;

    /// <summary>The handle that was used last. An owner that is an open file of the guest ends with it.</summary>
    [FieldOffset(16)] public ulong Handle;

    [FieldOffset(24)] private int _fd;

    /// <summary>Index of the export.</summary>
    [FieldOffset(28)] public int Export;

    /// <summary>Its first range, plus 1; 0 for none.</summary>
    [FieldOffset(32)] public int Ranges;

    /// <summary>The next owner of the same file, plus 1; 0 ends the list.</summary>
    [FieldOffset(36)] public int Next;

    /// <summary>Threads that wait on <see cref="Fd"/>.</summary>
    [FieldOffset(40)] public int Waiting;

    /// <summary>flock(2), which POSIX locks do not see.</summary>
    [FieldOffset(44)] public bool Flock;

    /// <summary>Whether <see cref="Fd"/> is open for writing, which a lock for writing needs.</summary>
    [FieldOffset(45)] public bool Writable;

    [FieldOffset(46)] private bool _live;

    /// <summary>The open file description that holds the POSIX locks, owned by the record; −1 for flock, whose handle holds it.</summary>
    public int Fd
    {
        readonly get => _fd;
        set => _fd = value;
    }

    /// <inheritdoc/>
    public bool IsLive
    {
        readonly get => _live;
        set => Volatile.Write(ref _live, value);
    }
}

/// <summary>A locked range of bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct LockRange : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 40;

    /// <summary>First byte.</summary>
    [FieldOffset(0)] public ulong Start;

    /// <summary>Last byte.</summary>
    [FieldOffset(8)] public ulong End;

    /// <summary>F_RDLCK or F_WRLCK.</summary>
    [FieldOffset(16)] public uint Type;

    /// <summary>Process that set it, as the guest numbers them.</summary>
    [FieldOffset(20)] public uint Pid;

    /// <summary>Index of the owner.</summary>
    [FieldOffset(24)] public int Owner;

    /// <summary>The next range of the same owner, plus 1; 0 ends the list. They rise and do not overlap.</summary>
    [FieldOffset(28)] public int Next;

    [FieldOffset(32)] private bool _live;

    /// <inheritdoc/>
    public int Fd
    {
        readonly get => -1;
        set { }
    }

    /// <inheritdoc/>
    public bool IsLive
    {
        readonly get => _live;
        set => Volatile.Write(ref _live, value);
    }
}
