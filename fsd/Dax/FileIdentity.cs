using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <summary>Which file of the host a mapping is of: what statx(2) says of it, whatever name or mount led there.</summary>
/// <param name="DeviceMajor">stx_dev_major.</param>
/// <param name="DeviceMinor">stx_dev_minor.</param>
/// <param name="Inode">stx_ino.</param>
internal readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode)
{
    /// <summary>The device number as one word, as the tables of the node have it.</summary>
    public ulong Device => ((ulong)DeviceMajor << 32) | DeviceMinor;

    /// <summary>A hash of which the upper bits are the best. All daemons of a node have to agree on it: it places files in their tables.</summary>
    // Inode numbers run in rows: a multiplication spreads them (Fibonacci hashing).
    public ulong Hash => (Inode ^ (Device * 0xff51_afd7_ed55_8ccd)) * 0x9e37_79b9_7f4a_7c15;

    /// <summary>The file that was asked about.</summary>
    /// <param name="statx">What statx(2) said.</param>
    public static FileIdentity Of(in Statx statx) => new(statx.DevMajor, statx.DevMinor, statx.Inode);
}
