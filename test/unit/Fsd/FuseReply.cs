using System;
using System.Runtime.InteropServices;
using KataShimNet.Linux;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>What came back for a request.</summary>
/// <param name="Written">Bytes written, as the ring would be told.</param>
/// <param name="Error">The error of the header.</param>
/// <param name="Payload">What follows the header.</param>
public sealed record FuseReply(int Written, Errno Error, byte[] Payload)
{
    /// <summary>Reads a struct of the payload.</summary>
    public T As<T>(int offset = 0)
        where T : unmanaged => MemoryMarshal.Read<T>(Payload.AsSpan(offset));
}
