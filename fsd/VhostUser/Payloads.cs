using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>Payload "a vring state description": ring and a number.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct VringState
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 8;

    /// <summary>The ring.</summary>
    [FieldOffset(0)] public uint Index;

    /// <summary>Entries, base, or 1 and 0 for on and off.</summary>
    [FieldOffset(4)] public uint Number;
}

/// <summary>Payload "a vring address description": where a ring lies, in addresses of the front end.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct VringAddress
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 40;

    /// <summary>The ring.</summary>
    [FieldOffset(0)] public uint Index;

    /// <summary>Bit 0: writes are to be logged, which is not offered.</summary>
    [FieldOffset(4)] public uint Flags;

    /// <summary>Descriptor table.</summary>
    [FieldOffset(8)] public ulong Descriptors;

    /// <summary>Used ring.</summary>
    [FieldOffset(16)] public ulong Used;

    /// <summary>Available ring.</summary>
    [FieldOffset(24)] public ulong Available;

    /// <summary>Guest address for logging.</summary>
    [FieldOffset(32)] public ulong Log;
}

/// <summary>Payload "memory region description".</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MemoryRegionDescription
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 32;

    /// <summary>Where the guest sees it.</summary>
    [FieldOffset(0)] public ulong GuestAddress;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public ulong Size;

    /// <summary>Where the front end sees it.</summary>
    [FieldOffset(16)] public ulong UserAddress;

    /// <summary>Where it starts in the file of the descriptor that comes along.</summary>
    [FieldOffset(24)] public ulong MmapOffset;
}

/// <summary>Start of the payload of SET_MEM_TABLE; as many <see cref="MemoryRegionDescription"/> follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MemoryTableHeader
{
    /// <summary>Bytes of the start.</summary>
    public const int TotalSize = 8;

    /// <summary>Most regions of one table.</summary>
    public const int MaxRegions = 8;

    /// <summary>Number of regions, each with a descriptor.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>Payload of ADD_MEM_REG and REM_MEM_REG.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct SingleMemoryRegion
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 8 + MemoryRegionDescription.TotalSize;

    /// <summary>The region; 8 bytes of padding stand before it.</summary>
    [FieldOffset(8)] public MemoryRegionDescription Region;
}

/// <summary>Start of the payload of GET_CONFIG and SET_CONFIG; as many bytes as it says follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ConfigHeader
{
    /// <summary>Bytes of the start.</summary>
    public const int TotalSize = 12;

    /// <summary>Most bytes of a configuration space (VHOST_USER_MAX_CONFIG_SIZE).</summary>
    public const int MaxBytes = 256;

    /// <summary>First byte.</summary>
    [FieldOffset(0)] public uint Offset;

    /// <summary>Number of bytes.</summary>
    [FieldOffset(4)] public uint Size;

    /// <summary>0 for a driver's write, 1 for a migration.</summary>
    [FieldOffset(8)] public uint Flags;
}

/// <summary>Answer to GET_SHMEM_CONFIG: the regions that the device has, by their id.</summary>
internal static class ShmemConfig
{
    /// <summary>Bytes of the payload: u32 number of regions, u32 padding, u64 size[256].</summary>
    public const int TotalSize = 8 + (256 * sizeof(ulong));

    /// <summary>Where the size of region 0 is, the one that a file-system device has (virtio 1.3, section 5.11.6).</summary>
    public const int FirstSize = 8;
}

/// <summary>Payload of SHMEM_MAP and SHMEM_UNMAP.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ShmemRange
{
    /// <summary>Bytes of the payload.</summary>
    public const int TotalSize = 40;

    /// <summary>Flag: mapped for writing too.</summary>
    public const ulong Writable = 1;

    /// <summary>Id of the region.</summary>
    [FieldOffset(0)] public byte Region;

    /// <summary>First byte in the file of the descriptor that comes along.</summary>
    [FieldOffset(8)] public ulong FileOffset;

    /// <summary>First byte in the region.</summary>
    [FieldOffset(16)] public ulong Offset;

    /// <summary>Bytes.</summary>
    [FieldOffset(24)] public ulong Length;

    /// <summary>Flags.</summary>
    [FieldOffset(32)] public ulong Flags;
}

/// <summary>The 64-bit payload of SET_VRING_KICK, CALL and ERR.</summary>
internal static class VringFd
{
    /// <summary>The ring, in the lowest byte.</summary>
    public const ulong IndexMask = 0xff;

    /// <summary>No descriptor comes along.</summary>
    public const ulong NoFd = 1ul << 8;
}
