using System;

namespace KataShimNet.VhostFrontEnd.Rings;

/// <summary>Flags of a descriptor (virtio 1.2, 2.7.5).</summary>
[Flags]
public enum DescriptorFlags : ushort
{
    None = 0,
    Next = 1,
    Write = 2,
    Indirect = 4,
}

/// <summary>One entry of a descriptor table, 16 bytes in memory (virtio 1.2, 2.7.5).</summary>
/// <param name="Address">Guest-physical address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Flags">Flags.</param>
/// <param name="Next">Index of the next one, with the flag <see cref="DescriptorFlags.Next"/>.</param>
public readonly record struct Descriptor(ulong Address, uint Length, DescriptorFlags Flags, ushort Next)
{
    /// <summary>Bytes of one in memory.</summary>
    public const int Size = 16;
}

/// <summary>A piece of guest memory that is part of a request.</summary>
/// <param name="Address">Guest-physical address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Writable">Whether the device may write it.</param>
public readonly record struct Segment(ulong Address, uint Length, bool Writable);
