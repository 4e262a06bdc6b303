using System;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>File systems of the host whose files a guest can map: those with one page cache for all who use them.</summary>
public static class DaxFileSystems
{
    /// <summary>Magic number of tmpfs (statfs(2)).</summary>
    public const long Tmpfs = 0x01021994;

    // ext2 to ext4, xfs, btrfs, f2fs, bcachefs, tmpfs, overlayfs.
    private static readonly long[] s_known = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0xca451a4e, Tmpfs, 0x794c7630];

    /// <summary>Whether files of a file system can be mapped.</summary>
    /// <param name="magic">Its magic number (statfs(2), f_type).</param>
    public static bool CanMap(long magic) => Array.IndexOf(s_known, magic & uint.MaxValue) >= 0;
}
