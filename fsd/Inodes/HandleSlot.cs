using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Inodes;

/// <summary>One file or directory that the guest holds open. Guarded by the lock of its shard.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct HandleSlot : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 48;

    /// <summary>Its inode, as the guest calls it.</summary>
    [FieldOffset(0)] public ulong NodeId;

    /// <summary>Tells uses of the record apart.</summary>
    [FieldOffset(8)] public uint Generation;

    [FieldOffset(12)] private int _fd;

    /// <summary>Requests that use the descriptor at the moment.</summary>
    [FieldOffset(16)] public int Pins;

    /// <summary>Index of its export; −1 for the synthetic root.</summary>
    [FieldOffset(20)] public int Export;

    /// <summary>OPENDIR opened it.</summary>
    [FieldOffset(24)] public bool Directory;

    [FieldOffset(25)] private bool _live;

    /// <summary>How it is counted in the node's table.</summary>
    [FieldOffset(26)] public OpenCount Count;

    /// <summary>The file, when it is counted there.</summary>
    [FieldOffset(32)] public FileKey Key;

    [FieldOffset(28)] private ushort _bucket;

    /// <summary>Owned by the record; −1 for the synthetic root.</summary>
    public int Fd
    {
        readonly get => _fd;
        set => _fd = value;
    }

    /// <summary>The file's place among those that guests have open (<see cref="Coherency.Sizes.OpenFiles"/>); −1 when it is not counted there.</summary>
    public int Bucket
    {
        readonly get => _bucket - 1;
        set => _bucket = (ushort)(value + 1);
    }

    /// <inheritdoc/>
    public bool IsLive
    {
        readonly get => _live;
        set => Volatile.Write(ref _live, value);
    }
}
