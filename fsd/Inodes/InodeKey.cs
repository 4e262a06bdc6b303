using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>What identifies a file on the host, for as long as its inode number cannot be used again.</summary>
/// <param name="Export">Index of the export through which it was reached.</param>
/// <param name="Mount">Mount id: the same directory bound at two places is two inodes to the guest.</param>
/// <param name="Device">Device number: one mount can have several (btrfs subvolumes, overlayfs).</param>
/// <param name="Inode">Inode number.</param>
internal readonly record struct InodeKey(int Export, ulong Mount, ulong Device, ulong Inode)
{
    /// <summary>The key of what statx found.</summary>
    public static InodeKey Of(int export, in Statx statx) =>
        new(export, statx.MountId, ((ulong)statx.DevMajor << 32) | statx.DevMinor, statx.Inode);
}
