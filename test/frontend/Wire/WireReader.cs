using System;
using System.Buffers.Binary;

namespace KataShimNet.VhostFrontEnd.Wire;

/// <summary>Takes a message apart field by field, little-endian.</summary>
/// <param name="bytes">The message.</param>
/// <param name="what">Its name, for the message of an error.</param>
public ref struct WireReader(ReadOnlySpan<byte> bytes, string what)
{
    private readonly string _what = what;
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Takes 16 bits.</summary>
    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    /// <summary>Takes 32 bits.</summary>
    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>Takes 64 bits.</summary>
    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    /// <summary>Takes bytes.</summary>
    /// <exception cref="FrontEndException">The message is shorter.</exception>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (_rest.Length < count)
            throw new FrontEndException($"{_what}: the daemon's answer ends {count - _rest.Length} bytes too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
