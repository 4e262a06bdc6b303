using KataShimNet.Fsd.Rings.Packed;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Rings;

/// <summary>Where a ring lies and how it is used (virtio 1.3, sections 2.7 and 2.8).</summary>
/// <param name="Size">Entries: a power of two up to <see cref="MaxSize"/>.</param>
/// <param name="Descriptors">Descriptor table, or packed descriptor ring, an address of the front end, multiple of 16.</param>
/// <param name="Available">Available ring, multiple of 2, or the driver's event suppression structure, multiple of 4; an address of the front end.</param>
/// <param name="Used">Used ring, or the device's event suppression structure, an address of the front end, multiple of 4.</param>
/// <param name="Base">Next index to take from the available ring; of a packed ring see <see cref="Rings.Packed.PackedPosition"/>.</param>
/// <param name="EventIndex">Whether VIRTIO_F_EVENT_IDX is in force.</param>
/// <param name="Indirect">Whether VIRTIO_F_INDIRECT_DESC is in force.</param>
/// <param name="Packed">Whether VIRTIO_F_RING_PACKED is in force.</param>
internal readonly record struct RingSetup(
    ushort Size, ulong Descriptors, ulong Available, ulong Used, uint Base, bool EventIndex, bool Indirect, bool Packed = false)
{
    /// <summary>Most entries that are served.</summary>
    public const int MaxSize = 1024;

    private const ulong EventBytes = 4;

    /// <summary>Bytes of the descriptor table.</summary>
    public ulong DescriptorBytes => (ulong)Size * Descriptor.TotalSize;

    /// <summary>Bytes of the available ring: flags, idx, entries, used_event; or of an event suppression structure.</summary>
    public ulong AvailableBytes => Packed ? EventBytes : 6 + 2 * (ulong)Size;

    /// <summary>Bytes of the used ring: flags, idx, entries, avail_event; or of an event suppression structure.</summary>
    public ulong UsedBytes => Packed ? EventBytes : 6 + 8 * (ulong)Size;

    /// <summary>Checks what can be checked without memory.</summary>
    /// <exception cref="LinuxException">EINVAL, with what is wrong.</exception>
    public void Validate()
    {
        if (!IsValidSize(Size))
            throw new LinuxException(Errno.EINVAL, "ring", $"{Size} entries: it must be a power of two up to {MaxSize}");
        var alignment = Packed ? 4u : 2;
        if (Descriptors % 16 != 0 || Available % alignment != 0 || Used % 4 != 0)
        {
            throw new LinuxException(
                Errno.EINVAL, "ring", $"addresses 0x{Descriptors:x}, 0x{Available:x}, 0x{Used:x} are not aligned to 16, {alignment} and 4 bytes");
        }

        if (Packed ? PackedPosition.AvailableIndex(Base) >= Size || PackedPosition.UsedIndex(Base) >= Size : Base > ushort.MaxValue)
            throw new LinuxException(Errno.EINVAL, "ring", $"base 0x{Base:x} is outside of a ring of {Size} entries");
    }

    /// <summary>Whether a ring can have so many entries here.</summary>
    /// <param name="size">Entries.</param>
    public static bool IsValidSize(uint size) => size is > 0 and <= MaxSize && (size & (size - 1)) == 0;
}
