using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_read_in (linux/fuse.h, FUSE 7.45): arguments of READ, READDIR and READDIRPLUS.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ReadIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 40;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Where to start; for directories a cookie.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>Most bytes.</summary>
    [FieldOffset(16)] public uint Count;

    /// <summary>FUSE_READ_ bits.</summary>
    [FieldOffset(20)] public uint ReadFlags;

    /// <summary>Owner of locks.</summary>
    [FieldOffset(24)] public ulong LockOwner;

    /// <summary>O_ flags.</summary>
    [FieldOffset(32)] public uint Flags;
}

/// <summary>struct fuse_write_in (linux/fuse.h, FUSE 7.45): arguments of WRITE; the data follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct WriteIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 40;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Where to start.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>Bytes.</summary>
    [FieldOffset(16)] public uint Count;

    /// <summary>FUSE_WRITE_ bits.</summary>
    [FieldOffset(20)] public uint WriteFlags;

    /// <summary>Owner of locks.</summary>
    [FieldOffset(24)] public ulong LockOwner;

    /// <summary>O_ flags.</summary>
    [FieldOffset(32)] public uint Flags;
}

/// <summary>struct fuse_write_out (linux/fuse.h, FUSE 7.45): reply to WRITE and COPY_FILE_RANGE.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct WriteOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Bytes.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>struct fuse_fallocate_in (linux/fuse.h, FUSE 7.45): arguments of FALLOCATE.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FallocateIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 32;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Where to start.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>Bytes.</summary>
    [FieldOffset(16)] public ulong Count;

    /// <summary>FALLOC_FL_ bits.</summary>
    [FieldOffset(24)] public uint Mode;
}

/// <summary>struct fuse_lseek_in (linux/fuse.h, FUSE 7.45): arguments of LSEEK.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct LseekIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Where to start.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>SEEK_DATA, SEEK_HOLE.</summary>
    [FieldOffset(16)] public uint Whence;
}

/// <summary>struct fuse_lseek_out (linux/fuse.h, FUSE 7.45): reply to LSEEK.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct LseekOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>What was found.</summary>
    [FieldOffset(0)] public ulong Offset;
}

/// <summary>struct fuse_copy_file_range_in (linux/fuse.h, FUSE 7.45): arguments of COPY_FILE_RANGE.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct CopyFileRangeIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 56;

    /// <summary>Open file that is read.</summary>
    [FieldOffset(0)] public ulong SourceHandle;

    /// <summary>Where to start.</summary>
    [FieldOffset(8)] public ulong SourceOffset;

    /// <summary>Inode that is written.</summary>
    [FieldOffset(16)] public ulong TargetNodeId;

    /// <summary>Open file that is written.</summary>
    [FieldOffset(24)] public ulong TargetHandle;

    /// <summary>Where to start.</summary>
    [FieldOffset(32)] public ulong TargetOffset;

    /// <summary>Bytes.</summary>
    [FieldOffset(40)] public ulong Count;

    /// <summary>Must be 0.</summary>
    [FieldOffset(48)] public ulong Flags;
}

/// <summary>struct fuse_copy_file_range_out (linux/fuse.h, FUSE 7.45): reply to COPY_FILE_RANGE_64.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct CopyFileRangeOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Bytes copied.</summary>
    [FieldOffset(0)] public ulong Count;
}

/// <summary>struct fuse_dirent (linux/fuse.h, FUSE 7.45): a name in a READDIR reply; the name follows, padded to 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct Dirent
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>Inode number.</summary>
    [FieldOffset(0)] public ulong Inode;

    /// <summary>Cookie of the next one.</summary>
    [FieldOffset(8)] public ulong Offset;

    /// <summary>Bytes.</summary>
    [FieldOffset(16)] public uint NameLength;

    /// <summary>DT_ number.</summary>
    [FieldOffset(20)] public uint Type;
}
