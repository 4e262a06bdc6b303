namespace KataShimNet.Linux.Interop;

/// <summary>linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h: messages and attributes of rtnetlink(7).</summary>
public static class LinuxRtnetlink
{
    /// <summary>Any address family.</summary>
    public const byte AF_UNSPEC = 0;

    /// <summary>IPv4.</summary>
    public const byte AF_INET = 2;

    /// <summary>IPv6.</summary>
    public const byte AF_INET6 = 10;

    /// <summary>Make or change a link.</summary>
    public const ushort RTM_NEWLINK = 16;

    /// <summary>Delete a link.</summary>
    public const ushort RTM_DELLINK = 17;

    /// <summary>Read links.</summary>
    public const ushort RTM_GETLINK = 18;

    /// <summary>Add an address.</summary>
    public const ushort RTM_NEWADDR = 20;

    /// <summary>Delete an address.</summary>
    public const ushort RTM_DELADDR = 21;

    /// <summary>Read addresses.</summary>
    public const ushort RTM_GETADDR = 22;

    /// <summary>Add a route.</summary>
    public const ushort RTM_NEWROUTE = 24;

    /// <summary>Delete a route.</summary>
    public const ushort RTM_DELROUTE = 25;

    /// <summary>Read routes.</summary>
    public const ushort RTM_GETROUTE = 26;

    /// <summary>Add a neighbour.</summary>
    public const ushort RTM_NEWNEIGH = 28;

    /// <summary>Delete a neighbour.</summary>
    public const ushort RTM_DELNEIGH = 29;

    /// <summary>Read neighbours.</summary>
    public const ushort RTM_GETNEIGH = 30;

    /// <summary>Add a queueing discipline.</summary>
    public const ushort RTM_NEWQDISC = 36;

    /// <summary>Delete a queueing discipline.</summary>
    public const ushort RTM_DELQDISC = 37;

    /// <summary>Read queueing disciplines.</summary>
    public const ushort RTM_GETQDISC = 38;

    /// <summary>Add a filter.</summary>
    public const ushort RTM_NEWTFILTER = 44;

    /// <summary>Read filters.</summary>
    public const ushort RTM_GETTFILTER = 46;

    /// <summary>Multicast group: links.</summary>
    public const int RTNLGRP_LINK = 1;

    /// <summary>Multicast group: neighbours.</summary>
    public const int RTNLGRP_NEIGH = 3;

    /// <summary>Multicast group: IPv4 addresses.</summary>
    public const int RTNLGRP_IPV4_IFADDR = 5;

    /// <summary>Multicast group: IPv4 routes.</summary>
    public const int RTNLGRP_IPV4_ROUTE = 7;

    /// <summary>Multicast group: IPv6 addresses.</summary>
    public const int RTNLGRP_IPV6_IFADDR = 9;

    /// <summary>Multicast group: IPv6 routes.</summary>
    public const int RTNLGRP_IPV6_ROUTE = 11;

    /// <summary>Link: hardware address.</summary>
    public const ushort IFLA_ADDRESS = 1;

    /// <summary>Link: name.</summary>
    public const ushort IFLA_IFNAME = 3;

    /// <summary>Link: largest packet.</summary>
    public const ushort IFLA_MTU = 4;

    /// <summary>Link: index of the link below it.</summary>
    public const ushort IFLA_LINK = 5;

    /// <summary>Link: index of its bridge or bond.</summary>
    public const ushort IFLA_MASTER = 10;

    /// <summary>Link: what kind it is, nested.</summary>
    public const ushort IFLA_LINKINFO = 18;

    /// <summary>Link: descriptor of the namespace to move to.</summary>
    public const ushort IFLA_NET_NS_FD = 28;

    /// <summary>Link: counters, struct rtnl_link_stats64.</summary>
    public const ushort IFLA_STATS64 = 23;

    /// <summary>Link info: kind, such as <c>veth</c>.</summary>
    public const ushort IFLA_INFO_KIND = 1;

    /// <summary>Link info: what the kind alone knows, nested.</summary>
    public const ushort IFLA_INFO_DATA = 2;

    /// <summary>veth: the other end, struct ifinfomsg and attributes.</summary>
    public const ushort VETH_INFO_PEER = 1;

    /// <summary>macvlan and macvtap: mode.</summary>
    public const ushort IFLA_MACVLAN_MODE = 1;

    /// <summary>macvlan mode: links on the same device reach each other.</summary>
    public const uint MACVLAN_MODE_BRIDGE = 4;

    /// <summary>Address: the peer's on a point-to-point link, otherwise the same as IFA_LOCAL.</summary>
    public const ushort IFA_ADDRESS = 1;

    /// <summary>Address: ours; IPv4 always has it.</summary>
    public const ushort IFA_LOCAL = 2;

    /// <summary>Address: broadcast.</summary>
    public const ushort IFA_BROADCAST = 4;

    /// <summary>Address: IFA_F_ bits, all 32.</summary>
    public const ushort IFA_FLAGS = 8;

    /// <summary>Address flag: no duplicate address detection.</summary>
    public const uint IFA_F_NODAD = 2;

    /// <summary>Address flag: duplicate address detection has failed.</summary>
    public const uint IFA_F_DADFAILED = 8;

    /// <summary>Address flag: duplicate address detection is under way.</summary>
    public const uint IFA_F_TENTATIVE = 0x40;

    /// <summary>Address flag: it was not learned from router advertisements.</summary>
    public const uint IFA_F_PERMANENT = 0x80;

    /// <summary>Route: destination.</summary>
    public const ushort RTA_DST = 1;

    /// <summary>Route: index of the link to send on.</summary>
    public const ushort RTA_OIF = 4;

    /// <summary>Route: router.</summary>
    public const ushort RTA_GATEWAY = 5;

    /// <summary>Route: metric; the smallest wins.</summary>
    public const ushort RTA_PRIORITY = 6;

    /// <summary>Route: source address to prefer.</summary>
    public const ushort RTA_PREFSRC = 7;

    /// <summary>Route: RTAX_ values, nested.</summary>
    public const ushort RTA_METRICS = 8;

    /// <summary>Route: several next hops, struct rtnexthop and attributes each.</summary>
    public const ushort RTA_MULTIPATH = 9;

    /// <summary>Route: table, all 32 bits.</summary>
    public const ushort RTA_TABLE = 15;

    /// <summary>Route: router of another family than the destination.</summary>
    public const ushort RTA_VIA = 18;

    /// <summary>Route metric: MTU.</summary>
    public const ushort RTAX_MTU = 2;

    /// <summary>The main table.</summary>
    public const byte RT_TABLE_MAIN = 254;

    /// <summary>The table of our own addresses, kept by the kernel.</summary>
    public const byte RT_TABLE_LOCAL = 255;

    /// <summary>Route protocol: the kernel made it, with an address.</summary>
    public const byte RTPROT_KERNEL = 2;

    /// <summary>Route protocol: set at boot.</summary>
    public const byte RTPROT_BOOT = 3;

    /// <summary>Route protocol: set by an administrator.</summary>
    public const byte RTPROT_STATIC = 4;

    /// <summary>Route protocol: router advertisement.</summary>
    public const byte RTPROT_RA = 9;

    /// <summary>Route type: an ordinary one.</summary>
    public const byte RTN_UNICAST = 1;

    /// <summary>Route scope: everywhere.</summary>
    public const byte RT_SCOPE_UNIVERSE = 0;

    /// <summary>Route scope: this link.</summary>
    public const byte RT_SCOPE_LINK = 253;

    /// <summary>Next hop flag: the router is on this link, whatever the addresses say.</summary>
    public const uint RTNH_F_ONLINK = 4;

    /// <summary>Neighbour: its address.</summary>
    public const ushort NDA_DST = 1;

    /// <summary>Neighbour: its hardware address.</summary>
    public const ushort NDA_LLADDR = 2;

    /// <summary>Neighbour state: set by hand, kept for ever.</summary>
    public const ushort NUD_PERMANENT = 0x80;
}
