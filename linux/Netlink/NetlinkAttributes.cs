using System;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>Walks through the attributes of a message; ends at the first that does not fit into what is there.</summary>
public ref struct NetlinkAttributes
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins before the first.</summary>
    /// <param name="bytes">The attributes, one after the other.</param>
    public NetlinkAttributes(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>Type of the attribute, without NLA_F_ bits.</summary>
    public ushort Type { get; private set; }

    /// <summary>Its value, without padding.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes on to the next.</summary>
    /// <returns>False at the end.</returns>
    public bool Next()
    {
        if (!MemoryMarshal.TryRead(_rest, out NetlinkAttributeHeader header)
            || header.Length < NetlinkAttributeHeader.TotalSize || header.Length > _rest.Length)
        {
            return false;
        }

        Type = (ushort)(header.Type & LinuxNetlink.NLA_TYPE_MASK);
        Value = _rest[NetlinkAttributeHeader.TotalSize..header.Length];
        _rest = _rest[Math.Min(_rest.Length, (header.Length + 3) & ~3)..];
        return true;
    }

    /// <summary>The value as a number of 32 bits; 0 when it is shorter.</summary>
    public readonly uint AsNumber() => MemoryMarshal.TryRead(Value, out uint number) ? number : 0;

    /// <summary>The value as a text, up to its NUL.</summary>
    public readonly string AsText()
    {
        var end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }

    /// <summary>The value as an address; null unless it has 4 or 16 bytes.</summary>
    public readonly IPAddress? AsAddress() => Value.Length is 4 or 16 ? new IPAddress(Value) : null;
}
