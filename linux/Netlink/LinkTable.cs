using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxRtnetlink;

namespace KataShimNet.Linux.Netlink;

/// <summary>The links of a network namespace.</summary>
/// <param name="socket">A socket of that namespace.</param>
public sealed class LinkTable(NetlinkSocket socket)
{
    private const ushort Create = LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_EXCL;

    /// <summary>All links, by index.</summary>
    /// <exception cref="NetlinkException">They cannot be read.</exception>
    public IReadOnlyList<Link> List()
    {
        var links = new List<Link>();
        socket.Dump(new NetlinkWriter(RTM_GETLINK).Struct(new LinkMessage()), "list links", links.Clear, (type, payload) =>
        {
            if (type == RTM_NEWLINK && Read(payload) is { } link)
                links.Add(link);
        });
        links.Sort((a, b) => a.Index.CompareTo(b.Index));
        return links;
    }

    /// <summary>The link of a name, or null.</summary>
    public Link? Find(string name) => List().FirstOrDefault(link => link.Name == name);

    /// <summary>The link with a hardware address, or null.</summary>
    public Link? Find(MacAddress mac) => List().FirstOrDefault(link => link.Mac == mac && link.IsEthernet);

    /// <summary>Makes two links that are each other's far end (veth(4)), both down.</summary>
    /// <param name="name">One end.</param>
    /// <param name="peer">The other.</param>
    public void AddVeth(string name, string peer) => socket.Execute(
        new NetlinkWriter(RTM_NEWLINK, Create).Struct(new LinkMessage())
            .Text(IFLA_IFNAME, name)
            .Nested(IFLA_LINKINFO, info => info
                .Text(IFLA_INFO_KIND, "veth")
                .Nested(IFLA_INFO_DATA, data => data
                    .Nested(VETH_INFO_PEER, end => end.Struct(new LinkMessage()).Text(IFLA_IFNAME, peer)))),
        $"add veth {name}");

    /// <summary>Makes a macvtap in bridge mode on another link, down.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lower">Index of the link below.</param>
    public void AddMacvtap(string name, int lower) => socket.Execute(
        new NetlinkWriter(RTM_NEWLINK, Create).Struct(new LinkMessage())
            .Text(IFLA_IFNAME, name)
            .Number(IFLA_LINK, (uint)lower)
            .Nested(IFLA_LINKINFO, info => info
                .Text(IFLA_INFO_KIND, "macvtap")
                .Nested(IFLA_INFO_DATA, data => data.Number(IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE))),
        $"add macvtap {name}");

    /// <summary>Deletes a link.</summary>
    public void Delete(int index) => socket.Execute(
        new NetlinkWriter(RTM_DELLINK).Struct(new LinkMessage { Index = index }), $"delete link {index}");

    /// <summary>Takes a link up or down.</summary>
    public void SetUp(int index, bool up = true) => socket.Execute(
        new NetlinkWriter(RTM_NEWLINK).Struct(new LinkMessage { Index = index, Flags = up ? LinuxIf.IFF_UP : 0, Change = LinuxIf.IFF_UP }),
        $"take link {index} {(up ? "up" : "down")}");

    /// <summary>Sets or clears flags of a link.</summary>
    /// <param name="index">The link.</param>
    /// <param name="flags">IFF_ bits as they are to be.</param>
    /// <param name="change">Which of them to change.</param>
    public void SetFlags(int index, uint flags, uint change) => socket.Execute(
        new NetlinkWriter(RTM_NEWLINK).Struct(new LinkMessage { Index = index, Flags = flags, Change = change }), $"set flags of link {index}");

    /// <summary>Sets the largest packet, in bytes.</summary>
    public void SetMtu(int index, int mtu) => Change(index, $"set MTU {mtu} of link {index}", w => w.Number(IFLA_MTU, (uint)mtu));

    /// <summary>Sets the hardware address.</summary>
    public void SetMac(int index, MacAddress mac) => Change(index, $"set address {mac} of link {index}", w => w.Bytes(IFLA_ADDRESS, mac.ToBytes()));

    /// <summary>Renames a link; most kernels want it down for that.</summary>
    public void Rename(int index, string name) => Change(index, $"rename link {index} to {name}", w => w.Text(IFLA_IFNAME, name));

    /// <summary>Moves a link to another network namespace, where it is down and may have another index.</summary>
    /// <param name="index">The link.</param>
    /// <param name="netns">The namespace.</param>
    public void Move(int index, OwnedFd netns)
    {
        ArgumentNullException.ThrowIfNull(netns);
        Change(index, $"move link {index} to another namespace", w => w.Number(IFLA_NET_NS_FD, (uint)netns.Fd));
        GC.KeepAlive(netns);
    }

    private void Change(int index, string operation, Action<NetlinkWriter> content)
    {
        var request = new NetlinkWriter(RTM_NEWLINK).Struct(new LinkMessage { Index = index });
        content(request);
        socket.Execute(request, operation);
    }

    private static Link? Read(ReadOnlySpan<byte> payload)
    {
        if (!MemoryMarshal.TryRead(payload, out LinkMessage message))
            return null;
        var (name, kind, mac, mtu, master, counters) = ("", "", default(MacAddress), 0, 0, default(LinkCounters));
        var attributes = new NetlinkAttributes(payload[LinkMessage.TotalSize..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFLA_IFNAME:
                    name = attributes.AsText();
                    break;
                case IFLA_ADDRESS:
                    mac = MacAddress.From(attributes.Value);
                    break;
                case IFLA_MTU:
                    mtu = (int)attributes.AsNumber();
                    break;
                case IFLA_MASTER:
                    master = (int)attributes.AsNumber();
                    break;
                case IFLA_LINKINFO:
                    kind = ReadKind(attributes.Value);
                    break;
                case IFLA_STATS64:
                    _ = MemoryMarshal.TryRead(attributes.Value, out counters);
                    break;
            }
        }

        return new Link(message.Index, name, kind, message.HardwareType, mac, mtu, message.Flags, master, counters);
    }

    private static string ReadKind(ReadOnlySpan<byte> info)
    {
        var attributes = new NetlinkAttributes(info);
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_INFO_KIND)
                return attributes.AsText();
        }

        return "";
    }
}
