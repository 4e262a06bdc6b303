using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Rings;

/// <summary>struct virtq_desc (virtio 1.3, section 2.7.5): one piece of guest memory.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct Descriptor
{
    /// <summary>Bytes of a descriptor.</summary>
    public const int TotalSize = 16;

    /// <summary>Flag: <see cref="Next"/> continues the chain.</summary>
    public const ushort HasNext = 1;

    /// <summary>Flag: the device writes it; otherwise it reads.</summary>
    public const ushort Writable = 2;

    /// <summary>Flag: it holds a table of descriptors.</summary>
    public const ushort Indirect = 4;

    /// <summary>Guest-physical address.</summary>
    [FieldOffset(0)] public ulong Address;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public uint Length;

    /// <summary>Flags.</summary>
    [FieldOffset(12)] public ushort Flags;

    /// <summary>Index of the next one in the same table.</summary>
    [FieldOffset(14)] public ushort Next;
}
