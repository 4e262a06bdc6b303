using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>
/// struct fuse_ext_header (linux/fuse.h, FUSE 7.45), before each extension of a request that makes an inode. For a security context it
/// is struct fuse_secctx_header, whose second field is their number: 0 to 31.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ExtensionHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>FUSE_MAX_NR_SECCTX: a type up to this one is a number of security contexts.</summary>
    public const uint MaxContexts = 31;

    /// <summary>Bytes of the extension, this header included.</summary>
    [FieldOffset(0)] public uint Length;

    /// <summary>FUSE_EXT_GROUPS (32), or the number of security contexts.</summary>
    [FieldOffset(4)] public uint Type;
}

/// <summary>struct fuse_secctx (linux/fuse.h, FUSE 7.45): a security context; the name of its attribute and its value follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SecurityContextHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 8;

    /// <summary>Bytes of the value.</summary>
    [FieldOffset(0)] public uint ValueLength;
}
