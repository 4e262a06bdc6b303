using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>struct DescStateSplit (vhost-user.rst, "Inflight I/O tracking", split virtqueue): one per head.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct DescStateSplit
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 16;

    /// <summary>1 from when the head is taken until it is given back.</summary>
    [FieldOffset(0)] public byte Inflight;

    /// <summary>The head given back before this one.</summary>
    [FieldOffset(6)] public ushort Next;

    /// <summary>Order in which heads were taken.</summary>
    [FieldOffset(8)] public ulong Counter;
}

/// <summary>Start of struct QueueRegionSplit; as many <see cref="DescStateSplit"/> as the ring has entries follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct QueueRegionSplit
{
    /// <summary>Bytes before the first record.</summary>
    public const int TotalSize = 16;

    /// <summary>Feature flags: none are defined.</summary>
    [FieldOffset(0)] public ulong Features;

    /// <summary>1 once the region is in use.</summary>
    [FieldOffset(8)] public ushort Version;

    /// <summary>Entries of the ring.</summary>
    [FieldOffset(10)] public ushort Count;

    /// <summary>The head that is being given back, or was last.</summary>
    [FieldOffset(12)] public ushort LastBatchHead;

    /// <summary>The used ring's index as of the last head that was wholly given back.</summary>
    [FieldOffset(14)] public ushort UsedIndex;
}

/// <summary>struct DescStatePacked (vhost-user.rst, packed virtqueue): a descriptor as it was taken, for its place in the ring is written over.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct DescStatePacked
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 32;

    /// <summary>1 in the first record of a request from when it is taken until it is given back.</summary>
    [FieldOffset(0)] public byte Inflight;

    /// <summary>The next record of the request, or the next free one.</summary>
    [FieldOffset(2)] public ushort Next;

    /// <summary>The last record of the request; in the first one.</summary>
    [FieldOffset(4)] public ushort Last;

    /// <summary>Descriptors of the request; in the first one.</summary>
    [FieldOffset(6)] public ushort Num;

    /// <summary>Order in which requests were taken; in the first one.</summary>
    [FieldOffset(8)] public ulong Counter;

    /// <summary>The driver's name of the buffer.</summary>
    [FieldOffset(16)] public ushort Id;

    /// <summary>Flags of the descriptor.</summary>
    [FieldOffset(18)] public ushort Flags;

    /// <summary>Bytes.</summary>
    [FieldOffset(20)] public uint Length;

    /// <summary>Guest-physical address.</summary>
    [FieldOffset(24)] public ulong Address;
}

/// <summary>Start of struct QueueRegionPacked; as many <see cref="DescStatePacked"/> as the ring has entries follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct QueueRegionPacked
{
    /// <summary>Bytes before the first record.</summary>
    public const int TotalSize = 32;

    /// <summary>Feature flags: none are defined.</summary>
    [FieldOffset(0)] public ulong Features;

    /// <summary>1 once the region is in use.</summary>
    [FieldOffset(8)] public ushort Version;

    /// <summary>Entries of the ring.</summary>
    [FieldOffset(10)] public ushort Count;

    /// <summary>First free record; the request that is being given back is put there first.</summary>
    [FieldOffset(12)] public ushort FreeHead;

    /// <summary>First free record before that.</summary>
    [FieldOffset(14)] public ushort OldFreeHead;

    /// <summary>The eight bytes from here on: where we give back next, before and after the request in hand, with wrap counters.</summary>
    [FieldOffset(16)] public UsedPositions Positions;
}

/// <summary>used_idx, old_used_idx and their wrap counters: eight bytes, so that one store changes all of them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct UsedPositions
{
    /// <summary>All of it.</summary>
    [FieldOffset(0)] public ulong Whole;

    /// <summary>Where the next request is given back.</summary>
    [FieldOffset(0)] public ushort Used;

    /// <summary>The same as of the last request that was wholly given back.</summary>
    [FieldOffset(2)] public ushort OldUsed;

    /// <summary>Wrap counter, 0 or 1.</summary>
    [FieldOffset(4)] public byte UsedWrap;

    /// <summary>The same as of the last request that was wholly given back.</summary>
    [FieldOffset(5)] public byte OldUsedWrap;

    /// <summary>Positions of a ring at rest.</summary>
    /// <param name="used">Where the next request is given back.</param>
    /// <param name="wrap">Its wrap counter.</param>
    public static UsedPositions At(ushort used, bool wrap) => Between(used, wrap, used, wrap);

    /// <summary>Positions while a request is given back.</summary>
    /// <param name="old">Where it is given back.</param>
    /// <param name="oldWrap">Wrap counter there.</param>
    /// <param name="next">Where the one after it will be.</param>
    /// <param name="nextWrap">Wrap counter there.</param>
    public static UsedPositions Between(ushort old, bool oldWrap, ushort next, bool nextWrap) =>
        // Put together in a register: parts that were just stored cannot be loaded as a whole without a stall.
        new() { Whole = next | ((ulong)old << 16) | (nextWrap ? 1ul << 32 : 0) | (oldWrap ? 1ul << 40 : 0) };

    /// <summary>Whether a request was being given back.</summary>
    public readonly bool IsBetween => Used != OldUsed || UsedWrap != OldUsedWrap;
}
