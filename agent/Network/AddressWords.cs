using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.AgentProto.Ttrpc;
using GuestAddress = KataShimNet.AgentProto.Kata.Types.IPAddress;
using IPAddress = System.Net.IPAddress;

namespace KataShimNet.Agent.Network;

/// <summary>Addresses as the agent's calls have them: texts, checked before they are used.</summary>
internal static class AddressWords
{
    /// <summary>An address with the length of its prefix.</summary>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static (IPAddress Address, int PrefixLength) ReadNetwork(GuestAddress text)
    {
        var address = Read(text.Address);
        if (int.TryParse(text.Mask, NumberStyles.None, CultureInfo.InvariantCulture, out var prefix) && prefix <= Bits(address))
            return (address, prefix);
        throw new TtrpcException(StatusCode.InvalidArgument, $"'{text.Mask}' is no prefix length of {address}");
    }

    /// <summary>An address.</summary>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static IPAddress Read(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new TtrpcException(StatusCode.InvalidArgument, $"'{text}' is no IP address");

    /// <summary>A destination <c>ADDRESS/PREFIX</c>; empty is the default route, and no prefix is a single address.</summary>
    /// <exception cref="TtrpcException">InvalidArgument.</exception>
    public static (IPAddress? Address, int PrefixLength) ReadDestination(string text)
    {
        if (text.Length == 0)
            return (null, 0);
        var slash = text.IndexOf('/', System.StringComparison.Ordinal);
        if (slash < 0)
        {
            var single = Read(text);
            return (single, Bits(single));
        }

        var (address, prefix) = ReadNetwork(new GuestAddress { Address = text[..slash], Mask = text[(slash + 1)..] });
        return prefix == 0 ? (null, 0) : (address, prefix);
    }

    /// <summary>The message for an address.</summary>
    public static GuestAddress Write(IPAddress address, string mask) => new()
    {
        Family = address.AddressFamily == AddressFamily.InterNetwork ? IPFamily.V4 : IPFamily.V6,
        Address = address.ToString(),
        Mask = mask,
    };

    /// <summary>The broadcast address of an IPv4 network; null where there is none.</summary>
    public static IPAddress? Broadcast(IPAddress address, int prefix)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork || prefix > 30)
            return null;
        var host = uint.MaxValue >> prefix;
        if (prefix == 0)
            return IPAddress.Broadcast;
        var bytes = address.GetAddressBytes();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) | host);
        return new IPAddress(bytes);
    }

    private static int Bits(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
}
