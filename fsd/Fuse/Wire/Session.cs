using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_init_in (linux/fuse.h, FUSE 7.45): arguments of INIT; kernels before minor 36 send the first 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct InitIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 64;

    /// <summary>Major version.</summary>
    [FieldOffset(0)] public uint Major;

    /// <summary>Minor version.</summary>
    [FieldOffset(4)] public uint Minor;

    /// <summary>Most bytes read ahead.</summary>
    [FieldOffset(8)] public uint MaxReadahead;

    /// <summary>FUSE_ bits 0 to 31.</summary>
    [FieldOffset(12)] public uint Flags;

    /// <summary>FUSE_ bits 32 to 63, with FUSE_INIT_EXT.</summary>
    [FieldOffset(16)] public uint Flags2;
}

/// <summary>struct fuse_init_out (linux/fuse.h, FUSE 7.45): reply to INIT.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct InitOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 64;

    /// <summary>Major version.</summary>
    [FieldOffset(0)] public uint Major;

    /// <summary>Minor version.</summary>
    [FieldOffset(4)] public uint Minor;

    /// <summary>Most bytes read ahead.</summary>
    [FieldOffset(8)] public uint MaxReadahead;

    /// <summary>FUSE_ bits 0 to 31.</summary>
    [FieldOffset(12)] public uint Flags;

    /// <summary>Most requests in the background.</summary>
    [FieldOffset(16)] public ushort MaxBackground;

    /// <summary>From how many on the guest holds back.</summary>
    [FieldOffset(18)] public ushort CongestionThreshold;

    /// <summary>Most bytes of one WRITE.</summary>
    [FieldOffset(20)] public uint MaxWrite;

    /// <summary>Of time stamps, in nanoseconds.</summary>
    [FieldOffset(24)] public uint TimeGranularity;

    /// <summary>Most pages of one request.</summary>
    [FieldOffset(28)] public ushort MaxPages;

    /// <summary>log2 of the alignment of DAX mappings.</summary>
    [FieldOffset(30)] public ushort MapAlignment;

    /// <summary>FUSE_ bits 32 to 63.</summary>
    [FieldOffset(32)] public uint Flags2;

    /// <summary>For FUSE_PASSTHROUGH.</summary>
    [FieldOffset(36)] public uint MaxStackDepth;

    /// <summary>Seconds.</summary>
    [FieldOffset(40)] public ushort RequestTimeout;
}

/// <summary>struct fuse_forget_in (linux/fuse.h, FUSE 7.45): arguments of FORGET.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ForgetIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>How many lookups are taken back.</summary>
    [FieldOffset(0)] public ulong Lookups;
}

/// <summary>struct fuse_forget_one (linux/fuse.h, FUSE 7.45): one of a BATCH_FORGET.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ForgetOne
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>The inode.</summary>
    [FieldOffset(0)] public ulong NodeId;

    /// <summary>How many lookups are taken back.</summary>
    [FieldOffset(8)] public ulong Lookups;
}

/// <summary>struct fuse_batch_forget_in (linux/fuse.h, FUSE 7.45): arguments of BATCH_FORGET; ForgetOne follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct BatchForgetIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>How many follow.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>struct fuse_syncfs_in (linux/fuse.h, FUSE 7.45): arguments of SYNCFS.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SyncfsIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;
}
