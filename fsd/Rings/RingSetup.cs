using KataShimNet.Linux;

namespace KataShimNet.Fsd.Rings;

/// <summary>Where a split ring lies and how it is used (virtio 1.3, section 2.7).</summary>
/// <param name="Size">Entries: a power of two up to <see cref="MaxSize"/>.</param>
/// <param name="Descriptors">Descriptor table, an address of the front end, multiple of 16.</param>
/// <param name="Available">Available ring, an address of the front end, multiple of 2.</param>
/// <param name="Used">Used ring, an address of the front end, multiple of 4.</param>
/// <param name="Base">Next index to take from the available ring.</param>
/// <param name="EventIndex">Whether VIRTIO_F_EVENT_IDX is in force.</param>
/// <param name="Indirect">Whether VIRTIO_F_INDIRECT_DESC is in force.</param>
internal readonly record struct RingSetup(
    ushort Size, ulong Descriptors, ulong Available, ulong Used, ushort Base, bool EventIndex, bool Indirect)
{
    /// <summary>Most entries that are served.</summary>
    public const int MaxSize = 1024;

    /// <summary>Bytes of the descriptor table.</summary>
    public ulong DescriptorBytes => (ulong)Size * Descriptor.TotalSize;

    /// <summary>Bytes of the available ring: flags, idx, entries, used_event.</summary>
    public ulong AvailableBytes => 6 + 2 * (ulong)Size;

    /// <summary>Bytes of the used ring: flags, idx, entries, avail_event.</summary>
    public ulong UsedBytes => 6 + 8 * (ulong)Size;

    /// <summary>Checks what can be checked without memory.</summary>
    /// <exception cref="LinuxException">EINVAL, with what is wrong.</exception>
    public void Validate()
    {
        if (!IsValidSize(Size))
            throw new LinuxException(Errno.EINVAL, "ring", $"{Size} entries: it must be a power of two up to {MaxSize}");
        if (Descriptors % 16 != 0 || Available % 2 != 0 || Used % 4 != 0)
        {
            throw new LinuxException(
                Errno.EINVAL, "ring", $"addresses 0x{Descriptors:x}, 0x{Available:x}, 0x{Used:x} are not aligned to 16, 2 and 4 bytes");
        }
    }

    /// <summary>Whether a ring can have so many entries here.</summary>
    /// <param name="size">Entries.</param>
    public static bool IsValidSize(uint size) => size is > 0 and <= MaxSize && (size & (size - 1)) == 0;
}
