using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxPktSched;
using static KataShimNet.Linux.Interop.LinuxRtnetlink;

namespace KataShimNet.Linux.Netlink;

/// <summary>Traffic control of a network namespace (tc(8)), as far as packets are led from one link to another.</summary>
/// <param name="socket">A socket of that namespace.</param>
public sealed class TrafficControl(NetlinkSocket socket)
{
    private const ushort Create = LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_EXCL;
    // Lower is asked first: what concerns few packets comes before what takes them all.
    private const uint AddressesPriority = 1;
    private const uint NamesPriority = 2;
    private const uint AllPriority = 16;

    /// <summary>Gives a link the discipline that filters what comes in.</summary>
    /// <param name="link">Index of the link.</param>
    /// <exception cref="NetlinkException">EEXIST: it has one, or a clsact in its place.</exception>
    public void AddIngress(int link) => socket.Execute(
        new NetlinkWriter(RTM_NEWQDISC, Create)
            .Struct(new TrafficMessage { Index = link, Handle = IngressHandle, Parent = TC_H_INGRESS })
            .Text(TCA_KIND, "ingress"),
        $"add ingress qdisc to link {link}");

    /// <summary>Takes a link's ingress discipline away, with its filters.</summary>
    /// <exception cref="NetlinkException">EINVAL or ENOENT: it has none.</exception>
    public void DeleteIngress(int link) => socket.Execute(
        new NetlinkWriter(RTM_DELQDISC).Struct(new TrafficMessage { Index = link, Handle = IngressHandle, Parent = TC_H_INGRESS }),
        $"delete ingress qdisc of link {link}");

    /// <summary>The disciplines of a link, by kind: <c>ingress</c>, <c>clsact</c>, <c>noqueue</c> …</summary>
    public IReadOnlyList<string> Disciplines(int link)
    {
        var kinds = new List<string>();
        var request = new NetlinkWriter(RTM_GETQDISC).Struct(new TrafficMessage { Index = link });
        socket.Dump(request, $"list qdiscs of link {link}", kinds.Clear, (type, payload) =>
        {
            if (type != RTM_NEWQDISC || !MemoryMarshal.TryRead(payload, out TrafficMessage message) || message.Index != link)
                return;
            var attributes = new NetlinkAttributes(payload[TrafficMessage.TotalSize..]);
            while (attributes.Next())
            {
                if (attributes.Type == TCA_KIND)
                    kinds.Add(attributes.AsText());
            }
        });
        return kinds;
    }

    /// <summary>Sends all that comes in on a link out of another one, past the namespace's own network stack. The link has an ingress discipline.</summary>
    /// <param name="from">Index of the link whose packets are taken.</param>
    /// <param name="to">Index of the link that sends them.</param>
    /// <exception cref="NetlinkException">The kernel has neither of the filters matchall and u32, or no mirred action (ENOENT).</exception>
    public void Redirect(int from, int to)
    {
        try
        {
            socket.Execute(MatchAll(from, to), $"redirect link {from} to link {to} by matchall");
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENOENT)
        {
            socket.Execute(U32(from, to), $"redirect link {from} to link {to} by u32");
        }
    }

    /// <summary>
    /// Lets the namespace's own stack hear, beside the link that all is led to, what answers its name queries: ARP, and UDP over IPv4 from port
    /// 53. To be called once for a link.
    /// </summary>
    /// <param name="from">Index of the link whose packets are led away.</param>
    /// <param name="to">Index of the link that sends them, and goes on sending them all.</param>
    /// <exception cref="NetlinkException">The kernel has no filter u32, or no mirred action (ENOENT).</exception>
    public void HearNames(int from, int to)
    {
        socket.Execute(
            U32(from, AddressesPriority, ETH_P_ARP, new U32Selector { Flags = TC_U32_TERMINAL, KeyCount = 1 }, actions => CopyTo(actions, to)),
            $"mirror ARP of link {from} to link {to}");
        // The word with the protocol (RFC 791), and the one with the ports (RFC 768) behind a header without options.
        var names = new U32Selector
        {
            Flags = TC_U32_TERMINAL,
            KeyCount = 2,
            Mask = Word(0x00FF0000),
            Value = Word(17 << 16),
            Offset = 8,
            SecondMask = Word(unchecked((int)0xFFFF0000)),
            SecondValue = Word(53 << 16),
            SecondOffset = 20,
        };
        socket.Execute(U32(from, NamesPriority, ETH_P_IP, names, actions => CopyTo(actions, to)), $"mirror name answers of link {from} to link {to}");
    }

    private static uint Word(int value) => (uint)IPAddress.HostToNetworkOrder(value);

    private static NetlinkWriter Filter(int link, string kind, uint priority = AllPriority, ushort protocol = ETH_P_ALL) => new NetlinkWriter(RTM_NEWTFILTER, Create)
        .Struct(new TrafficMessage
        {
            Index = link,
            Parent = IngressHandle,
            Info = (priority << 16) | (ushort)IPAddress.HostToNetworkOrder((short)protocol),
        })
        .Text(TCA_KIND, kind);

    private static NetlinkWriter MatchAll(int from, int to) =>
        Filter(from, "matchall").Nested(TCA_OPTIONS, options => options.Nested(TCA_MATCHALL_ACT, actions => RedirectTo(actions, to)));

    // A key with an empty mask fits every packet.
    private static NetlinkWriter U32(int from, int to) =>
        U32(from, AllPriority, ETH_P_ALL, new U32Selector { Flags = TC_U32_TERMINAL, KeyCount = 1 }, actions => RedirectTo(actions, to));

    private static NetlinkWriter U32(int link, uint priority, ushort protocol, U32Selector selector, Action<NetlinkWriter> act) =>
        Filter(link, "u32", priority, protocol).Nested(TCA_OPTIONS, options => options.Struct(TCA_U32_SEL, selector).Nested(TCA_U32_ACT, act));

    private static void RedirectTo(NetlinkWriter actions, int link) =>
        Mirred(actions, new MirredParameters { Action = TC_ACT_STOLEN, Direction = TCA_EGRESS_REDIR, Index = link });

    private static void CopyTo(NetlinkWriter actions, int link) =>
        Mirred(actions, new MirredParameters { Action = TC_ACT_OK, Direction = TCA_EGRESS_MIRROR, Index = link });

    private static void Mirred(NetlinkWriter actions, MirredParameters parameters) => actions.Nested(1, action => action
        .Text(TCA_ACT_KIND, "mirred")
        .Nested(TCA_ACT_OPTIONS, options => options.Struct(TCA_MIRRED_PARMS, parameters)));
}
