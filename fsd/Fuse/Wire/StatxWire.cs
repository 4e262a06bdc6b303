using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_sx_time (linux/fuse.h, FUSE 7.45): a time in a statx reply.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SxTime
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>Seconds.</summary>
    [FieldOffset(0)] public long Seconds;

    /// <summary>Fraction.</summary>
    [FieldOffset(8)] public uint Nanoseconds;
}

/// <summary>struct fuse_statx_in (linux/fuse.h, FUSE 7.45): arguments of STATX.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct StatxIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>FUSE_GETATTR_FH: the handle is given.</summary>
    [FieldOffset(0)] public uint GetattrFlags;

    /// <summary>An open file.</summary>
    [FieldOffset(8)] public ulong Handle;

    /// <summary>AT_STATX_ bits.</summary>
    [FieldOffset(16)] public uint Flags;

    /// <summary>STATX_ bits: what is asked for.</summary>
    [FieldOffset(20)] public uint Mask;
}

/// <summary>struct fuse_statx (linux/fuse.h, FUSE 7.45): extended attributes of an inode; laid out as struct statx.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FuseStatx
{
    /// <summary>Bytes.</summary>
    public const int Size = 256;

    /// <summary>STATX_ bits: what is filled.</summary>
    [FieldOffset(0)] public uint Mask;

    /// <summary>Preferred block size.</summary>
    [FieldOffset(4)] public uint BlockSize;

    /// <summary>STATX_ATTR_ bits.</summary>
    [FieldOffset(8)] public ulong AttributeBits;

    /// <summary>Hard links.</summary>
    [FieldOffset(16)] public uint Links;

    /// <summary>Owner.</summary>
    [FieldOffset(20)] public uint Uid;

    /// <summary>Group.</summary>
    [FieldOffset(24)] public uint Gid;

    /// <summary>Type and permissions.</summary>
    [FieldOffset(28)] public ushort Mode;

    /// <summary>Inode number.</summary>
    [FieldOffset(32)] public ulong Inode;

    /// <summary>Bytes.</summary>
    [FieldOffset(40)] public ulong FileSize;

    /// <summary>Blocks of 512 bytes.</summary>
    [FieldOffset(48)] public ulong Blocks;

    /// <summary>STATX_ATTR_ bits that are known.</summary>
    [FieldOffset(56)] public ulong AttributeMask;

    /// <summary>Last access.</summary>
    [FieldOffset(64)] public SxTime AccessTime;

    /// <summary>Birth.</summary>
    [FieldOffset(80)] public SxTime BirthTime;

    /// <summary>Last change of attributes.</summary>
    [FieldOffset(96)] public SxTime ChangeTime;

    /// <summary>Last change of content.</summary>
    [FieldOffset(112)] public SxTime ModifyTime;

    /// <summary>Major number of a device node.</summary>
    [FieldOffset(128)] public uint RdevMajor;

    /// <summary>Minor number of a device node.</summary>
    [FieldOffset(132)] public uint RdevMinor;

    /// <summary>Major number of the file system.</summary>
    [FieldOffset(136)] public uint DevMajor;

    /// <summary>Minor number of the file system.</summary>
    [FieldOffset(140)] public uint DevMinor;
}

/// <summary>struct fuse_statx_out (linux/fuse.h, FUSE 7.45): reply to STATX.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct StatxOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 288;

    /// <summary>For how many seconds the guest may keep them.</summary>
    [FieldOffset(0)] public ulong Valid;

    /// <summary>Its fraction.</summary>
    [FieldOffset(8)] public uint ValidNanoseconds;

    /// <summary>Reserved.</summary>
    [FieldOffset(12)] public uint Flags;

    /// <summary>The attributes.</summary>
    [FieldOffset(32)] public FuseStatx Statx;
}
