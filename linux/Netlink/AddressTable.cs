using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxRtnetlink;

namespace KataShimNet.Linux.Netlink;

/// <summary>The IP addresses of a network namespace's links.</summary>
/// <param name="socket">A socket of that namespace.</param>
public sealed class AddressTable(NetlinkSocket socket)
{
    /// <summary>All addresses, IPv4 and IPv6.</summary>
    /// <exception cref="NetlinkException">They cannot be read.</exception>
    public IReadOnlyList<LinkAddress> List()
    {
        var addresses = new List<LinkAddress>();
        socket.Dump(new NetlinkWriter(RTM_GETADDR).Struct(new AddressMessage()), "list addresses", addresses.Clear, (type, payload) =>
        {
            if (type == RTM_NEWADDR && Read(payload) is { } address)
                addresses.Add(address);
        });
        return addresses;
    }

    /// <summary>Adds an address to a link, or changes the one that is there. The kernel adds the route of its network.</summary>
    /// <param name="address">The address; of the flags IFA_F_NODAD and IFA_F_PERMANENT mean something.</param>
    /// <exception cref="NetlinkException">EINVAL for a prefix that is too long, ENODEV for a link that is gone.</exception>
    public void Add(LinkAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var request = Begin(RTM_NEWADDR, LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_REPLACE, address);
        if (address.Broadcast is { } broadcast)
            request.Address(IFA_BROADCAST, broadcast);
        if (address.Flags != 0)
            request.Number(IFA_FLAGS, address.Flags);
        socket.Execute(request, $"add address {address} to link {address.Link}");
    }

    /// <summary>Takes an address away from a link.</summary>
    /// <exception cref="NetlinkException">EADDRNOTAVAIL: it is not there.</exception>
    public void Delete(LinkAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        socket.Execute(Begin(RTM_DELADDR, 0, address), $"delete address {address} of link {address.Link}");
    }

    private static NetlinkWriter Begin(ushort type, ushort flags, LinkAddress address) =>
        new NetlinkWriter(type, flags)
            .Struct(new AddressMessage
            {
                Family = FamilyOf(address.Address),
                PrefixLength = checked((byte)address.PrefixLength),
                Scope = address.Scope,
                Index = address.Link,
            })
            .Address(IFA_LOCAL, address.Address)
            .Address(IFA_ADDRESS, address.Peer ?? address.Address);

    /// <summary>AF_INET or AF_INET6.</summary>
    internal static byte FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? AF_INET : AF_INET6;

    private static LinkAddress? Read(ReadOnlySpan<byte> payload)
    {
        if (!MemoryMarshal.TryRead(payload, out AddressMessage message))
            return null;
        IPAddress? address = null, local = null, broadcast = null;
        uint flags = message.Flags;
        var attributes = new NetlinkAttributes(payload[AddressMessage.TotalSize..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFA_ADDRESS:
                    address = attributes.AsAddress();
                    break;
                case IFA_LOCAL:
                    local = attributes.AsAddress();
                    break;
                case IFA_BROADCAST:
                    broadcast = attributes.AsAddress();
                    break;
                case IFA_FLAGS:
                    flags = attributes.AsNumber();
                    break;
            }
        }

        if ((local ?? address) is not { } ours)
            return null;
        var peer = local is not null && address is not null && !local.Equals(address) ? address : null;
        return new LinkAddress(message.Index, ours, message.PrefixLength, peer, broadcast, message.Scope, flags);
    }
}
