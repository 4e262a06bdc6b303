using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_statfs_out (linux/fuse.h, FUSE 7.45): reply to STATFS (struct fuse_kstatfs).</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct StatfsOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 80;

    /// <summary>In all.</summary>
    [FieldOffset(0)] public ulong Blocks;

    /// <summary>Free.</summary>
    [FieldOffset(8)] public ulong BlocksFree;

    /// <summary>Free for unprivileged users.</summary>
    [FieldOffset(16)] public ulong BlocksAvailable;

    /// <summary>Inodes in all.</summary>
    [FieldOffset(24)] public ulong Files;

    /// <summary>Free inodes.</summary>
    [FieldOffset(32)] public ulong FilesFree;

    /// <summary>Bytes.</summary>
    [FieldOffset(40)] public uint BlockSize;

    /// <summary>Longest name.</summary>
    [FieldOffset(44)] public uint NameLength;

    /// <summary>Bytes.</summary>
    [FieldOffset(48)] public uint FragmentSize;
}

/// <summary>struct fuse_setxattr_in (linux/fuse.h, FUSE 7.45): arguments of SETXATTR without FUSE_SETXATTR_EXT; name and value follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SetxattrIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Bytes.</summary>
    [FieldOffset(0)] public uint ValueLength;

    /// <summary>XATTR_ bits.</summary>
    [FieldOffset(4)] public uint Flags;
}

/// <summary>What FUSE_SETXATTR_EXT adds to struct fuse_setxattr_in (linux/fuse.h, FUSE 7.45).</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SetxattrMore
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>FUSE_SETXATTR_ bits.</summary>
    [FieldOffset(0)] public uint Flags;
}

/// <summary>struct fuse_getxattr_in (linux/fuse.h, FUSE 7.45): arguments of GETXATTR, where the name follows, and LISTXATTR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GetxattrIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Room that the caller has; 0 asks for the length.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>struct fuse_getxattr_out (linux/fuse.h, FUSE 7.45): reply to GETXATTR and LISTXATTR with no room.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GetxattrOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Length of the value.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>struct fuse_interrupt_in (linux/fuse.h, FUSE 7.45): arguments of INTERRUPT.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct InterruptIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Number of the request.</summary>
    [FieldOffset(0)] public ulong Unique;
}
