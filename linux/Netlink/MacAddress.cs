using System;
using System.Buffers.Binary;
using System.Globalization;

namespace KataShimNet.Linux.Netlink;

/// <summary>A hardware address of Ethernet: six bytes.</summary>
/// <param name="Value">The bytes as a number, the first one highest.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Bytes.</summary>
    public const int Length = 6;

    /// <summary>From six bytes; anything else, such as a tunnel's address, is 0.</summary>
    public static MacAddress From(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length ? new(((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..])) : default;

    /// <summary>From six hexadecimal bytes with colons between them.</summary>
    /// <returns>False for anything else.</returns>
    public static bool TryParse(string? text, out MacAddress address)
    {
        address = default;
        if (text is not { Length: 17 })
            return false;
        ulong value = 0;
        for (var i = 0; i < Length; i++)
        {
            if ((i > 0 && text[(3 * i) - 1] != ':')
                || !byte.TryParse(text.AsSpan(3 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var part))
            {
                return false;
            }

            value = (value << 8) | part;
        }

        address = new(value);
        return true;
    }

    /// <summary>A random address of one machine, locally administered.</summary>
    public static MacAddress Random() => new(((ulong)System.Random.Shared.NextInt64() & 0xfcff_ffff_ffff) | 0x0200_0000_0000);

    /// <summary>The six bytes.</summary>
    public byte[] ToBytes() =>
        [(byte)(Value >> 40), (byte)(Value >> 32), (byte)(Value >> 24), (byte)(Value >> 16), (byte)(Value >> 8), (byte)Value];

    /// <inheritdoc/>
    public override string ToString() => Convert.ToHexStringLower(ToBytes()) is var hex
        ? $"{hex[..2]}:{hex[2..4]}:{hex[4..6]}:{hex[6..8]}:{hex[8..10]}:{hex[10..]}" : "";
}
