using System;
using System.Buffers.Binary;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>Kinds of frames (containerd/ttrpc, PROTOCOL.md).</summary>
public enum TtrpcFrameType : byte
{
    /// <summary>From client to server.</summary>
    Request = 1,
    /// <summary>From server to client; ends the call.</summary>
    Response = 2,
    /// <summary>Data of a streaming call; not used here.</summary>
    Data = 3,
}

/// <summary>The ten bytes before each message: length u32 and stream id u32 (big-endian), type u8, flags u8.</summary>
/// <param name="Length">Bytes of data that follow, at most <see cref="MaxLength"/>.</param>
/// <param name="StreamId">Odd for calls of the client.</param>
/// <param name="Type">Kind of frame.</param>
/// <param name="Flags">0 for a unary call.</param>
public readonly record struct TtrpcFrame(int Length, uint StreamId, TtrpcFrameType Type, byte Flags)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 10;

    /// <summary>Most data that one frame carries.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <exception cref="TtrpcException">The length is over the limit: the stream cannot be followed any more.</exception>
    public static TtrpcFrame Read(ReadOnlySpan<byte> source)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(source);
        if (length > MaxLength)
            throw new TtrpcException(StatusCode.ResourceExhausted, $"a ttRPC frame of {length} bytes is over the limit of {MaxLength}");
        return new TtrpcFrame((int)length, BinaryPrimitives.ReadUInt32BigEndian(source[4..]), (TtrpcFrameType)source[8], source[9]);
    }

    /// <summary>Writes the header.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], StreamId);
        target[8] = (byte)Type;
        target[9] = Flags;
    }
}
