using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Rings.Packed;

/// <summary>struct pvirtq_desc (virtio 1.3, section 2.8.13): one piece of guest memory, and at the same time its state.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct PackedDescriptor
{
    /// <summary>Bytes of a descriptor.</summary>
    public const int TotalSize = 16;

    /// <summary>Flag: equals the driver's wrap counter when it is available, and also when it was used.</summary>
    public const ushort Available = 1 << 7;

    /// <summary>Flag: equals the wrap counter when it was used.</summary>
    public const ushort Used = 1 << 15;

    /// <summary>Guest-physical address.</summary>
    [FieldOffset(0)] public ulong Address;

    /// <summary>Bytes; of a used one: bytes written.</summary>
    [FieldOffset(8)] public uint Length;

    /// <summary>The driver's name of the buffer; of a list it stands in the last descriptor.</summary>
    [FieldOffset(12)] public ushort Id;

    /// <summary>The flags of <see cref="Descriptor"/>, and the two of this layout.</summary>
    [FieldOffset(14)] public ushort Flags;

    /// <summary>Whether flags say that a descriptor is available in a round.</summary>
    /// <param name="flags">Its flags.</param>
    /// <param name="wrap">Wrap counter of the round.</param>
    public static bool IsAvailable(ushort flags, bool wrap) =>
        (flags & (Available | Used)) == (wrap ? Available : Used);

    /// <summary>The flags of a descriptor that was used in a round.</summary>
    /// <param name="wrap">Wrap counter of the round.</param>
    public static ushort UsedFlags(bool wrap) => wrap ? (ushort)(Available | Used) : (ushort)0;
}

/// <summary>The 32 bits of a vring state for a packed ring (vhost-user.rst, "A vring state description"): available and used index, each with its wrap counter in bit 15.</summary>
internal static class PackedPosition
{
    private const uint Wrap = 1 << 15;

    /// <summary>The bits of a position.</summary>
    /// <param name="available">Where the next request is taken.</param>
    /// <param name="availableWrap">Wrap counter there.</param>
    /// <param name="used">Where the next request is given back.</param>
    /// <param name="usedWrap">Wrap counter there.</param>
    public static uint Of(ushort available, bool availableWrap, ushort used, bool usedWrap) =>
        available | (availableWrap ? Wrap : 0) | ((used | (usedWrap ? Wrap : 0u)) << 16);

    /// <summary>Where the next request is taken.</summary>
    public static ushort AvailableIndex(uint position) => (ushort)(position & (Wrap - 1));

    /// <summary>Wrap counter there.</summary>
    public static bool AvailableWrap(uint position) => (position & Wrap) != 0;

    /// <summary>Where the next request is given back.</summary>
    public static ushort UsedIndex(uint position) => AvailableIndex(position >> 16);

    /// <summary>Wrap counter there.</summary>
    public static bool UsedWrap(uint position) => AvailableWrap(position >> 16);
}
