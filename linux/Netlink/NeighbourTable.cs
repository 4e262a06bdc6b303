using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxRtnetlink;

namespace KataShimNet.Linux.Netlink;

/// <summary>A neighbour: which hardware address an IP address has.</summary>
/// <param name="Link">Index of the link that it is on.</param>
/// <param name="Address">Its address.</param>
/// <param name="Mac">Its hardware address.</param>
/// <param name="State">NUD_ bits.</param>
/// <param name="Flags">NTF_ bits.</param>
public sealed record Neighbour(int Link, IPAddress Address, MacAddress Mac, ushort State = NUD_PERMANENT, byte Flags = 0);

/// <summary>The neighbours of a network namespace (ARP and IPv6 neighbour discovery).</summary>
/// <param name="socket">A socket of that namespace.</param>
public sealed class NeighbourTable(NetlinkSocket socket)
{
    /// <summary>All neighbours, IPv4 and IPv6, those without a hardware address left out.</summary>
    /// <exception cref="NetlinkException">They cannot be read.</exception>
    public IReadOnlyList<Neighbour> List()
    {
        var neighbours = new List<Neighbour>();
        socket.Dump(new NetlinkWriter(RTM_GETNEIGH).Struct(new NeighbourMessage()), "list neighbours", neighbours.Clear, (type, payload) =>
        {
            if (type == RTM_NEWNEIGH && Read(payload) is { } neighbour)
                neighbours.Add(neighbour);
        });
        return neighbours;
    }

    /// <summary>Adds a neighbour, or changes the one with the same address.</summary>
    public void Add(Neighbour neighbour)
    {
        ArgumentNullException.ThrowIfNull(neighbour);
        socket.Execute(
            Begin(RTM_NEWNEIGH, LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_REPLACE, neighbour).Bytes(NDA_LLADDR, neighbour.Mac.ToBytes()),
            $"add neighbour {neighbour.Address} on link {neighbour.Link}");
    }

    /// <summary>Deletes a neighbour.</summary>
    public void Delete(Neighbour neighbour)
    {
        ArgumentNullException.ThrowIfNull(neighbour);
        socket.Execute(Begin(RTM_DELNEIGH, 0, neighbour), $"delete neighbour {neighbour.Address} on link {neighbour.Link}");
    }

    private static NetlinkWriter Begin(ushort type, ushort flags, Neighbour neighbour) => new NetlinkWriter(type, flags)
        .Struct(new NeighbourMessage
        {
            Family = AddressTable.FamilyOf(neighbour.Address),
            Index = neighbour.Link,
            State = neighbour.State,
            Flags = neighbour.Flags,
        })
        .Address(NDA_DST, neighbour.Address);

    private static Neighbour? Read(ReadOnlySpan<byte> payload)
    {
        if (!MemoryMarshal.TryRead(payload, out NeighbourMessage message))
            return null;
        IPAddress? address = null;
        MacAddress? mac = null;
        var attributes = new NetlinkAttributes(payload[NeighbourMessage.TotalSize..]);
        while (attributes.Next())
        {
            if (attributes.Type == NDA_DST)
                address = attributes.AsAddress();
            else if (attributes.Type == NDA_LLADDR && attributes.Value.Length == MacAddress.Length)
                mac = MacAddress.From(attributes.Value);
        }

        return address is null || mac is null ? null : new Neighbour(message.Index, address, mac.Value, message.State, message.Flags);
    }
}
