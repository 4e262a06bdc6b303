using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_open_in (linux/fuse.h, FUSE 7.45): arguments of OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct OpenIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>O_ flags.</summary>
    [FieldOffset(0)] public uint Flags;

    /// <summary>FUSE_OPEN_ bits.</summary>
    [FieldOffset(4)] public uint OpenFlags;
}

/// <summary>struct fuse_create_in (linux/fuse.h, FUSE 7.45): arguments of CREATE and TMPFILE; the name follows.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct CreateIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>O_ flags.</summary>
    [FieldOffset(0)] public uint Flags;

    /// <summary>Permissions, umask applied.</summary>
    [FieldOffset(4)] public uint Mode;

    /// <summary>The caller's.</summary>
    [FieldOffset(8)] public uint Umask;

    /// <summary>FUSE_OPEN_ bits.</summary>
    [FieldOffset(12)] public uint OpenFlags;
}

/// <summary>struct fuse_open_out (linux/fuse.h, FUSE 7.45): reply to OPEN and OPENDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct OpenOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>FOPEN_ bits.</summary>
    [FieldOffset(8)] public uint OpenFlags;

    /// <summary>For FOPEN_PASSTHROUGH.</summary>
    [FieldOffset(12)] public int BackingId;
}

/// <summary>struct (fuse_entry_out, fuse_open_out) (linux/fuse.h, FUSE 7.45): reply to CREATE and TMPFILE.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct CreateOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 144;

    /// <summary>The inode.</summary>
    [FieldOffset(0)] public EntryOut Entry;

    /// <summary>The open file.</summary>
    [FieldOffset(128)] public OpenOut Open;
}

/// <summary>struct fuse_release_in (linux/fuse.h, FUSE 7.45): arguments of RELEASE and RELEASEDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ReleaseIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>O_ flags.</summary>
    [FieldOffset(8)] public uint Flags;

    /// <summary>FUSE_RELEASE_ bits.</summary>
    [FieldOffset(12)] public uint ReleaseFlags;

    /// <summary>Owner of locks.</summary>
    [FieldOffset(16)] public ulong LockOwner;
}

/// <summary>struct fuse_flush_in (linux/fuse.h, FUSE 7.45): arguments of FLUSH.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FlushIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Owner of locks.</summary>
    [FieldOffset(16)] public ulong LockOwner;
}

/// <summary>struct fuse_fsync_in (linux/fuse.h, FUSE 7.45): arguments of FSYNC and FSYNCDIR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FsyncIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>FUSE_FSYNC_FDATASYNC.</summary>
    [FieldOffset(8)] public uint Flags;
}
