using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_in_header (linux/fuse.h, FUSE 7.45): what every request starts with.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct InHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 40;

    /// <summary>Bytes of the request, this header and extensions included.</summary>
    [FieldOffset(0)] public uint Length;

    /// <summary>Which operation.</summary>
    [FieldOffset(4)] public uint Opcode;

    /// <summary>Number of the request, repeated in the reply.</summary>
    [FieldOffset(8)] public ulong Unique;

    /// <summary>The inode that it is about.</summary>
    [FieldOffset(16)] public ulong NodeId;

    /// <summary>File system user id of the caller.</summary>
    [FieldOffset(24)] public uint Uid;

    /// <summary>File system group id of the caller.</summary>
    [FieldOffset(28)] public uint Gid;

    /// <summary>Process id of the caller, in the guest.</summary>
    [FieldOffset(32)] public uint Pid;

    /// <summary>Length of the extensions at the end of the request, in units of 8 bytes.</summary>
    [FieldOffset(36)] public ushort ExtensionLength;
}

/// <summary>struct fuse_out_header (linux/fuse.h, FUSE 7.45): what every reply starts with.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct OutHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>Bytes of the reply, this header included.</summary>
    [FieldOffset(0)] public uint Length;

    /// <summary>0 or a negative error number.</summary>
    [FieldOffset(4)] public int Error;

    /// <summary>The request's number.</summary>
    [FieldOffset(8)] public ulong Unique;
}
