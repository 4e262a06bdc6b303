using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_attr (linux/fuse.h, FUSE 7.45): attributes of an inode.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FuseAttr
{
    /// <summary>Bytes.</summary>
    public const int Size = 88;

    /// <summary>Inode number as the guest shows it.</summary>
    [FieldOffset(0)] public ulong Inode;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public ulong FileSize;

    /// <summary>Blocks of 512 bytes.</summary>
    [FieldOffset(16)] public ulong Blocks;

    /// <summary>Seconds.</summary>
    [FieldOffset(24)] public ulong AccessTime;

    /// <summary>Seconds.</summary>
    [FieldOffset(32)] public ulong ModifyTime;

    /// <summary>Seconds.</summary>
    [FieldOffset(40)] public ulong ChangeTime;

    /// <summary>Its fraction.</summary>
    [FieldOffset(48)] public uint AccessNanoseconds;

    /// <summary>Its fraction.</summary>
    [FieldOffset(52)] public uint ModifyNanoseconds;

    /// <summary>Its fraction.</summary>
    [FieldOffset(56)] public uint ChangeNanoseconds;

    /// <summary>Type and permissions.</summary>
    [FieldOffset(60)] public uint Mode;

    /// <summary>Hard links.</summary>
    [FieldOffset(64)] public uint Links;

    /// <summary>Owner.</summary>
    [FieldOffset(68)] public uint Uid;

    /// <summary>Group.</summary>
    [FieldOffset(72)] public uint Gid;

    /// <summary>Of a device node, in the kernel's 32-bit form.</summary>
    [FieldOffset(76)] public uint DeviceNumber;

    /// <summary>Preferred block size.</summary>
    [FieldOffset(80)] public uint BlockSize;

    /// <summary>FUSE_ATTR_ bits.</summary>
    [FieldOffset(84)] public uint Flags;
}

/// <summary>struct fuse_attr_out (linux/fuse.h, FUSE 7.45): reply to GETATTR and SETATTR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct AttrOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 104;

    /// <summary>For how many seconds the guest may keep them.</summary>
    [FieldOffset(0)] public ulong Valid;

    /// <summary>Its fraction.</summary>
    [FieldOffset(8)] public uint ValidNanoseconds;

    /// <summary>The attributes.</summary>
    [FieldOffset(16)] public FuseAttr Attributes;
}

/// <summary>struct fuse_entry_out (linux/fuse.h, FUSE 7.45): reply to LOOKUP and to all that make an inode.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct EntryOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 128;

    /// <summary>The inode; 0 says that there is none and that this may be kept.</summary>
    [FieldOffset(0)] public ulong NodeId;

    /// <summary>Tells inodes apart that had the same node id one after the other.</summary>
    [FieldOffset(8)] public ulong Generation;

    /// <summary>For how many seconds the name may be kept.</summary>
    [FieldOffset(16)] public ulong EntryValid;

    /// <summary>For how many seconds the attributes may be kept.</summary>
    [FieldOffset(24)] public ulong AttrValid;

    /// <summary>Its fraction.</summary>
    [FieldOffset(32)] public uint EntryValidNanoseconds;

    /// <summary>Its fraction.</summary>
    [FieldOffset(36)] public uint AttrValidNanoseconds;

    /// <summary>Sets for how long the name is valid.</summary>
    public void ValidFor(Validity name)
    {
        EntryValid = name.Seconds;
        EntryValidNanoseconds = name.Nanoseconds;
    }

    /// <summary>The attributes.</summary>
    [FieldOffset(40)] public FuseAttr Attributes;
}

/// <summary>struct fuse_getattr_in (linux/fuse.h, FUSE 7.45): arguments of GETATTR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct GetattrIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>FUSE_GETATTR_FH: the handle is given.</summary>
    [FieldOffset(0)] public uint Flags;

    /// <summary>An open file.</summary>
    [FieldOffset(8)] public ulong Handle;
}

/// <summary>struct fuse_setattr_in (linux/fuse.h, FUSE 7.45): arguments of SETATTR.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SetattrIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 88;

    /// <summary>FATTR_ bits: what to set.</summary>
    [FieldOffset(0)] public uint Valid;

    /// <summary>An open file, with FATTR_FH.</summary>
    [FieldOffset(8)] public ulong Handle;

    /// <summary>New size.</summary>
    [FieldOffset(16)] public ulong FileSize;

    /// <summary>Owner of locks.</summary>
    [FieldOffset(24)] public ulong LockOwner;

    /// <summary>Seconds.</summary>
    [FieldOffset(32)] public ulong AccessTime;

    /// <summary>Seconds.</summary>
    [FieldOffset(40)] public ulong ModifyTime;

    /// <summary>Seconds.</summary>
    [FieldOffset(48)] public ulong ChangeTime;

    /// <summary>Fraction.</summary>
    [FieldOffset(56)] public uint AccessNanoseconds;

    /// <summary>Fraction.</summary>
    [FieldOffset(60)] public uint ModifyNanoseconds;

    /// <summary>Fraction.</summary>
    [FieldOffset(64)] public uint ChangeNanoseconds;

    /// <summary>New permissions.</summary>
    [FieldOffset(68)] public uint Mode;

    /// <summary>New owner.</summary>
    [FieldOffset(76)] public uint Uid;

    /// <summary>New group.</summary>
    [FieldOffset(80)] public uint Gid;
}
