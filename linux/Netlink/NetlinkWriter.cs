using System;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>Builds one netlink message: header, a fixed structure, attributes. What is appended is padded to 4 bytes.</summary>
public sealed class NetlinkWriter
{
    private byte[] _buffer = new byte[256];
    private int _length = NetlinkHeader.TotalSize;

    /// <summary>Begins a request.</summary>
    /// <param name="type">RTM_ number.</param>
    /// <param name="flags">NLM_F_ bits; NLM_F_REQUEST is set in any case.</param>
    public NetlinkWriter(ushort type, ushort flags = 0)
    {
        (Type, Flags) = (type, (ushort)(flags | LinuxNetlink.NLM_F_REQUEST));
    }

    /// <summary>RTM_ number.</summary>
    public ushort Type { get; }

    /// <summary>NLM_F_ bits.</summary>
    public ushort Flags { get; }

    /// <summary>Appends a structure.</summary>
    public NetlinkWriter Struct<T>(T value)
        where T : unmanaged
    {
        Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        return this;
    }

    /// <summary>Appends an attribute.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">At most 65,531 bytes.</param>
    public NetlinkWriter Bytes(ushort type, ReadOnlySpan<byte> value)
    {
        var length = checked((ushort)(NetlinkAttributeHeader.TotalSize + value.Length));
        Struct(new NetlinkAttributeHeader { Length = length, Type = type });
        Append(value);
        return this;
    }

    /// <summary>Appends an attribute that holds a structure.</summary>
    public NetlinkWriter Struct<T>(ushort type, T value)
        where T : unmanaged => Bytes(type, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Appends an attribute of 32 bits.</summary>
    public NetlinkWriter Number(ushort type, uint value) => Struct(type, value);

    /// <summary>Appends an attribute with a text and its NUL.</summary>
    public NetlinkWriter Text(ushort type, string value) => Bytes(type, Encoding.UTF8.GetBytes(value + "\0"));

    /// <summary>Appends an attribute with the 4 or 16 bytes of an address.</summary>
    public NetlinkWriter Address(ushort type, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Bytes(type, address.GetAddressBytes());
    }

    /// <summary>Appends an attribute that holds attributes.</summary>
    /// <param name="type">Its type; NLA_F_NESTED is added.</param>
    /// <param name="content">Appends what it holds.</param>
    public NetlinkWriter Nested(ushort type, Action<NetlinkWriter> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var start = _length;
        Struct(new NetlinkAttributeHeader { Type = (ushort)(type | LinuxNetlink.NLA_F_NESTED) });
        content(this);
        MemoryMarshal.Write(_buffer.AsSpan(start), checked((ushort)(_length - start)));
        return this;
    }

    /// <summary>The message, its header filled in.</summary>
    /// <param name="sequence">Number of the request.</param>
    /// <param name="flags">NLM_F_ bits to add.</param>
    public ReadOnlySpan<byte> Finish(uint sequence, ushort flags)
    {
        var header = new NetlinkHeader { Length = (uint)_length, Type = Type, Flags = (ushort)(Flags | flags), Sequence = sequence };
        MemoryMarshal.Write(_buffer, header);
        return _buffer.AsSpan(0, _length);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var padded = (bytes.Length + 3) & ~3;
        if (_length + padded > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + padded));
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += padded;
    }
}
