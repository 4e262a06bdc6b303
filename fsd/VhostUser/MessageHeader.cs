using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>
/// Header of every vhost-user message (QEMU docs/interop/vhost-user.rst, "Message Specification"), little-endian:
/// <code>
/// 0        4        8        12
/// | request | flags  | size   | payload, size bytes …
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct MessageHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int TotalSize = 12;

    /// <summary>Version in the two lowest bits of the flags.</summary>
    public const uint Version = 1;

    /// <summary>Mask of the version.</summary>
    public const uint VersionMask = 3;

    /// <summary>Flag: this message answers one.</summary>
    public const uint Reply = 1 << 2;

    /// <summary>Flag: an answer is wanted also where none is due (needs <see cref="ProtocolFeatures.ReplyAck"/>).</summary>
    public const uint NeedReply = 1 << 3;

    /// <summary>What is asked for.</summary>
    [FieldOffset(0)] public FrontEndRequest Request;

    /// <summary>Version and flags.</summary>
    [FieldOffset(4)] public uint Flags;

    /// <summary>Bytes of the payload.</summary>
    [FieldOffset(8)] public uint Size;
}
