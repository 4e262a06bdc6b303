using System.Runtime.InteropServices;
using System.Threading;

namespace KataShimNet.Fsd.State;

/// <summary>What INIT settled. There is one.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct SessionSlot : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 16;

    /// <summary>FUSE_ bits in force; 0 before INIT.</summary>
    [FieldOffset(0)] public ulong Flags;

    [FieldOffset(8)] private bool _live;

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
