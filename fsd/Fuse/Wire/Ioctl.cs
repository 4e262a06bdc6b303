using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_ioctl_in (linux/fuse.h, FUSE 7.45): arguments of IOCTL; the caller's data follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct IoctlIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 32;

    /// <summary>The open file.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>FUSE_IOCTL_ bits.</summary>
    [FieldOffset(8)] public uint Flags;

    /// <summary>Number of the request.</summary>
    [FieldOffset(12)] public uint Command;

    /// <summary>Its argument.</summary>
    [FieldOffset(16)] public ulong Argument;

    /// <summary>Bytes that follow.</summary>
    [FieldOffset(24)] public uint InSize;

    /// <summary>Bytes that the caller has room for.</summary>
    [FieldOffset(28)] public uint OutSize;
}

/// <summary>struct fuse_ioctl_out (linux/fuse.h, FUSE 7.45): reply to IOCTL; data follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct IoctlOut
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>What ioctl(2) returns.</summary>
    [FieldOffset(0)] public int Result;
}
