using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_file_lock (linux/fuse.h, FUSE 7.45): a lock on a range of bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct FileLock
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>First byte.</summary>
    [FieldOffset(0)] public ulong Start;

    /// <summary>Last byte; 2^63 − 1 is the end of the file, wherever that comes to be.</summary>
    [FieldOffset(8)] public ulong End;

    /// <summary>F_RDLCK, F_WRLCK or F_UNLCK.</summary>
    [FieldOffset(16)] public uint Type;

    /// <summary>Process id in the guest.</summary>
    [FieldOffset(20)] public uint Pid;
}

/// <summary>struct fuse_lk_in (linux/fuse.h, FUSE 7.45): arguments of GETLK, SETLK and SETLKW.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct LkIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 48;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>Whose lock it is: a number that stands for a process, or for an open file of the guest.</summary>
    [FieldOffset(8)] public ulong Owner;

    /// <summary>The lock.</summary>
    [FieldOffset(16)] public FileLock Lock;

    /// <summary>FUSE_LK_ bits.</summary>
    [FieldOffset(40)] public uint Flags;
}

/// <summary>struct fuse_lk_out (linux/fuse.h, FUSE 7.45): reply to GETLK.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct LkOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 24;

    /// <summary>What is in the way, or F_UNLCK.</summary>
    [FieldOffset(0)] public FileLock Lock;
}
