using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>What identifies a file on the host for as long as a descriptor of it is held.</summary>
/// <param name="Export">Index of the export through which it was reached.</param>
/// <param name="Mount">Mount id: the same directory bound at two places is two inodes to the guest.</param>
/// <param name="Device">Device number: one mount can have several (btrfs subvolumes, overlayfs).</param>
/// <param name="Inode">Inode number.</param>
internal readonly record struct InodeKey(int Export, ulong Mount, ulong Device, ulong Inode)
{
    /// <summary>The key of what statx found.</summary>
    public static InodeKey Of(int export, in Statx statx) =>
        new(export, statx.MountId, ((ulong)statx.DevMajor << 32) | statx.DevMinor, statx.Inode);

    /// <summary>Mixes the parts that differ most; the upper half is as good as the lower.</summary>
    public ulong Hash()
    {
        var hash = (Inode ^ (Device << 40) ^ (Mount << 20) ^ ((ulong)Export << 52)) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}

/// <summary>One inode that the guest knows. Guarded by the lock of its shard.</summary>
internal struct InodeSlot
{
    /// <summary>Which file.</summary>
    public InodeKey Key;

    /// <summary>Lookups that the guest has not taken back.</summary>
    public ulong Lookups;

    /// <summary>O_PATH descriptor, owned by the slot. The next issue puts a file handle here and opens on demand.</summary>
    public int Fd;

    /// <summary>Requests that use the descriptor at the moment.</summary>
    public int Pins;

    /// <summary>Counts uses of the slot, so that a node id of an earlier one is found out.</summary>
    public uint Generation;

    /// <summary>Next slot with the same hash, plus 1; 0 ends the chain.</summary>
    public int Next;

    /// <summary>File type: S_IFMT bits.</summary>
    public ushort Type;

    /// <summary>Whether the slot holds an inode that can be looked up.</summary>
    public bool Live;

    /// <summary>Root of an export: stays until the export is removed, whatever the guest forgets.</summary>
    public bool Sticky;

    /// <summary>A file system of its own begins here.</summary>
    public bool Submount;
}
