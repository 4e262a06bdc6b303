using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.VhostFrontEnd.Wire;

/// <summary>Builds a message field by field, little-endian and without padding of its own.</summary>
/// <remarks>
/// The structures of both protocols are written here as sequences of fields, and not as structs shared with the daemon: a
/// mistake in the daemon's layout then shows as a wrong answer instead of hiding on both sides.
/// </remarks>
public sealed class WireWriter
{
    private readonly List<byte> _bytes = [];

    /// <summary>Adds a byte.</summary>
    public WireWriter U8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    /// <summary>Adds 16 bits.</summary>
    public WireWriter U16(ushort value)
    {
        Span<byte> field = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(field, value);
        return Bytes(field);
    }

    /// <summary>Adds 32 bits.</summary>
    public WireWriter U32(uint value)
    {
        Span<byte> field = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(field, value);
        return Bytes(field);
    }

    /// <summary>Adds 64 bits.</summary>
    public WireWriter U64(ulong value)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        return Bytes(field);
    }

    /// <summary>Adds bytes as they are.</summary>
    public WireWriter Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>Adds zeros.</summary>
    public WireWriter Zeros(int count) => Bytes(new byte[count]);

    /// <summary>Adds a name and the zero that ends it.</summary>
    public WireWriter Name(string name) => Bytes(Encoding.UTF8.GetBytes(name)).U8(0);

    /// <summary>All that was added.</summary>
    public byte[] ToArray() => _bytes.ToArray();
}
