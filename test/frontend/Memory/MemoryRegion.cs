namespace KataShimNet.VhostFrontEnd.Memory;

/// <summary>One region of guest memory as the back end is told of it.</summary>
/// <param name="GuestAddress">Guest-physical address of its first byte.</param>
/// <param name="Size">Bytes.</param>
/// <param name="UserAddress">Address of its first byte in this process.</param>
/// <param name="FileOffset">Where it starts in the memfd.</param>
/// <param name="Fd">The memfd.</param>
public readonly record struct MemoryRegion(ulong GuestAddress, ulong Size, ulong UserAddress, ulong FileOffset, int Fd)
{
    /// <summary>Whether a guest address lies inside.</summary>
    public bool Contains(ulong address) => address >= GuestAddress && address - GuestAddress < Size;
}
