using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Fuse.Wire;

/// <summary>struct fuse_setupmapping_in (linux/fuse.h, FUSE 7.45): arguments of SETUPMAPPING.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct SetupmappingIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 40;

    /// <summary>An open file; Linux sends none (all ones), for the inode is enough.</summary>
    [FieldOffset(0)] public ulong Handle;

    /// <summary>First byte in the file.</summary>
    [FieldOffset(8)] public ulong FileOffset;

    /// <summary>Bytes.</summary>
    [FieldOffset(16)] public ulong Length;

    /// <summary>FUSE_SETUPMAPPING_FLAG_ bits.</summary>
    [FieldOffset(24)] public ulong Flags;

    /// <summary>First byte in the window.</summary>
    [FieldOffset(32)] public ulong WindowOffset;
}

/// <summary>struct fuse_removemapping_in (linux/fuse.h, FUSE 7.45): arguments of REMOVEMAPPING; RemovemappingOne follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct RemovemappingIn
{
    /// <summary>Bytes.</summary>
    public const int Size = 4;

    /// <summary>How many follow.</summary>
    [FieldOffset(0)] public uint Count;
}

/// <summary>struct fuse_removemapping_one (linux/fuse.h, FUSE 7.45): one of a REMOVEMAPPING.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct RemovemappingOne
{
    /// <summary>Bytes.</summary>
    public const int Size = 16;

    /// <summary>First byte in the window.</summary>
    [FieldOffset(0)] public ulong WindowOffset;

    /// <summary>Bytes.</summary>
    [FieldOffset(8)] public ulong Length;
}
