using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Dax;

/// <summary>struct fuse_backing_map (linux/fuse.h, FUSE 7.40): argument of FUSE_DEV_IOC_BACKING_OPEN.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct BackingMap
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 16;

    /// <summary>The file.</summary>
    [FieldOffset(0)] public int Fd;

    /// <summary>None is defined.</summary>
    [FieldOffset(4)] public uint Flags;

    /// <summary>0.</summary>
    [FieldOffset(8)] public ulong Padding;
}
