using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_mknod_in (linux/fuse.h, FUSE 7.45): arguments of MKNOD; the name follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct MknodIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>Type and permissions, umask applied.</summary>
    [FieldOffset(0)] public uint Mode;

    /// <summary>In the kernel's 32-bit form.</summary>
    [FieldOffset(4)] public uint DeviceNumber;

    /// <summary>The caller's.</summary>
    [FieldOffset(8)] public uint Umask;
}

/// <summary>struct fuse_mkdir_in (linux/fuse.h, FUSE 7.45): arguments of MKDIR; the name follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct MkdirIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Permissions, umask applied.</summary>
    [FieldOffset(0)] public uint Mode;

    /// <summary>The caller's.</summary>
    [FieldOffset(4)] public uint Umask;
}

/// <summary>struct fuse_rename_in (linux/fuse.h, FUSE 7.45): arguments of RENAME; both names follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct RenameIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Directory of the new name.</summary>
    [FieldOffset(0)] public ulong NewParent;
}

/// <summary>struct fuse_rename2_in (linux/fuse.h, FUSE 7.45): arguments of RENAME2; both names follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct Rename2In
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>Directory of the new name.</summary>
    [FieldOffset(0)] public ulong NewParent;

    /// <summary>RENAME_ bits.</summary>
    [FieldOffset(8)] public uint Flags;
}

/// <summary>struct fuse_link_in (linux/fuse.h, FUSE 7.45): arguments of LINK; the name follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct LinkIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>The inode that gets another name.</summary>
    [FieldOffset(0)] public ulong OldNodeId;
}

/// <summary>struct fuse_access_in (linux/fuse.h, FUSE 7.45): arguments of ACCESS.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct AccessIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>R_OK, W_OK, X_OK.</summary>
    [FieldOffset(0)] public uint Mask;
}
