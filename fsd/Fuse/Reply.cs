using System;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Fuse;

/// <summary>The header of a reply: the one place that writes it.</summary>
internal static class Reply
{
    /// <summary>Largest errno that a guest accepts.</summary>
    private const int MaxErrno = 511;

    /// <summary>Writes the header before a payload that is already in its place.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="unique">Its number.</param>
    /// <param name="error">None, or an error, with which there is no payload.</param>
    /// <param name="payload">Bytes of the payload.</param>
    /// <returns>Bytes of the reply; 0 when there is no room even for the header.</returns>
    public static int Write(DescriptorChain chain, ulong unique, Errno error, uint payload)
    {
        chain.Tally.Failed = error != Errno.None;
        if (chain.WritableBytes < OutHeader.Size)
            return 0;
        var number = (int)error;
        var header = new OutHeader
        {
            Length = OutHeader.Size + payload,
            // A guest drops the connection for an error number out of range.
            Error = number is < 0 or > MaxErrno ? -(int)Errno.EIO : -number,
            Unique = unique,
        };
        chain.CopyTo(0, MemoryMarshal.AsBytes(new ReadOnlySpan<OutHeader>(in header)));
        return (int)header.Length;
    }
}
