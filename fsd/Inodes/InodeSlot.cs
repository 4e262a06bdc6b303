using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Inodes;

/// <summary>One inode that the guest knows. Guarded by the lock of its shard.</summary>
/// <remarks>
/// <code>
///  0  state        live, flags, file type, requests that use the inode, lookups: one word, so that it changes as a whole
///  8  inode number
/// 16  generation
/// 20  descriptor
/// 24  mount, handle length, handle type
/// 28  file handle, or its first 8 bytes and the record that has the rest
/// 40  the longest that the guest may take the file for
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal unsafe struct InodeSlot : ITableSlot
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 48;

    /// <summary>Lookups are counted up to here and then no more: such an inode stays until its export goes.</summary>
    public const ulong MostLookups = (1ul << (64 - LookupShift)) - 1;

    /// <summary>Most of <see cref="Pins"/>: far more than all queue threads together hold.</summary>
    public const int MostPins = (1 << (LookupShift - PinShift)) - 1;

    private const int TypeShift = 8;
    private const int PinShift = 12;
    private const int LookupShift = 24;
    private const ulong TypeMask = 0xful << TypeShift;
    private const ulong PinMask = (ulong)MostPins << PinShift;
    private const ulong FlagMask = 0xff;

    /// <summary>Bytes of a file handle that have room in the record itself: ext4 has 8, xfs and tmpfs 12.</summary>
    public const int InlineHandle = 12;

    /// <summary>Offset of the file handle.</summary>
    public const int HandleOffset = 28;

    [FieldOffset(0)] private ulong _state;

    /// <summary>Inode number on the host.</summary>
    [FieldOffset(8)] public ulong Inode;

    /// <summary>Tells uses of the record apart, so that a node id of an earlier one is found out.</summary>
    [FieldOffset(16)] public uint Generation;

    [FieldOffset(20)] private int _fd;

    /// <summary>Index of its <see cref="MountSlot"/>.</summary>
    [FieldOffset(24)] public ushort Mount;

    /// <summary>Bytes of its file handle; 0 when none was asked for yet.</summary>
    [FieldOffset(26)] public byte HandleLength;

    /// <summary>Type of its file handle (struct file_handle).</summary>
    [FieldOffset(27)] public byte HandleType;

    /// <summary>File handle.</summary>
    [FieldOffset(HandleOffset)] public fixed byte Handle[InlineHandle];

    /// <summary>The longest that the guest was ever told that the file is, or made it; only ever grows.</summary>
    [FieldOffset(40)] public ulong MostSize;

    /// <summary>O_PATH descriptor, owned by the record; −1 when it is only known by its file handle.</summary>
    public int Fd
    {
        readonly get => _fd;
        set => _fd = value;
    }

    /// <inheritdoc/>
    public readonly bool IsLive => Has(InodeFlags.Live);

    /// <summary>S_IFMT bits.</summary>
    public readonly uint Type => (uint)((_state & TypeMask) >> TypeShift) << 12;

    /// <summary>Requests that use the inode at the moment: its descriptor stays.</summary>
    public int Pins
    {
        readonly get => (int)((_state & PinMask) >> PinShift);
        set => _state = (_state & ~PinMask) | ((ulong)value << PinShift);
    }

    /// <summary>Lookups that the guest has not taken back.</summary>
    public ulong Lookups
    {
        readonly get => _state >> LookupShift;
        set => Volatile.Write(ref _state, (_state & ((1ul << LookupShift) - 1)) | (value << LookupShift));
    }

    /// <summary>Whether a flag is set.</summary>
    public readonly bool Has(InodeFlags flag) => (_state & (ulong)flag) != 0;

    /// <summary>Sets flags.</summary>
    public void Set(InodeFlags flags) => Volatile.Write(ref _state, _state | (ulong)flags);

    /// <summary>Clears flags.</summary>
    public void Clear(InodeFlags flags) => Volatile.Write(ref _state, _state & ~(ulong)flags);

    /// <summary>Adds a pin, and tells the clock that the inode is in use.</summary>
    public void Pin() => _state = (_state + (1ul << PinShift)) | (ulong)InodeFlags.Referenced;

    /// <summary>Makes the record count: the last step when it is added.</summary>
    /// <param name="type">S_IFMT bits.</param>
    /// <param name="flags">Flags; live is added.</param>
    /// <param name="lookups">Lookups.</param>
    public void Begin(uint type, InodeFlags flags, ulong lookups) => Volatile.Write(
        ref _state,
        ((ulong)(flags | InodeFlags.Live) & FlagMask) | (_state & (ulong)InodeFlags.Queued) | (((ulong)type >> 12) << TypeShift) | (lookups << LookupShift));

    /// <summary>Ends the record: the first step when it is taken away. Pins stay, and its place in the queue.</summary>
    public void End() => Volatile.Write(ref _state, _state & (PinMask | (ulong)InodeFlags.Queued));

    /// <summary>Forgets what is only the business of the process that wrote it.</summary>
    public void Inherit() => _state &= ~(PinMask | (ulong)(InodeFlags.Removing | InodeFlags.Queued));
}
