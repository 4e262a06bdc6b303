using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>A file of the host, the same for every daemon of the node.</summary>
/// <param name="Device">Device number: major in the upper half, minor in the lower.</param>
/// <param name="Inode">Inode number.</param>
internal readonly record struct FileKey(ulong Device, ulong Inode)
{
    /// <summary>The key of what statx(2) found.</summary>
    public static FileKey Of(in Statx statx) => new(((ulong)statx.DevMajor << 32) | statx.DevMinor, statx.Inode);

    /// <summary>The bucket that such a file's slot is in, if it has one.</summary>
    public int Bucket
    {
        get
        {
            // Inode numbers run in rows: a multiplication spreads them (Fibonacci hashing).
            var mixed = (Inode ^ (Device * 0xff51_afd7_ed55_8ccd)) * 0x9e37_79b9_7f4a_7c15;
            return (int)(mixed >> (64 - TableLayout.BucketBits));
        }
    }
}
