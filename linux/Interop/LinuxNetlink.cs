using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>linux/netlink.h: message headers, flags and socket options (netlink(7)).</summary>
public static class LinuxNetlink
{
    /// <summary>Protocol: routes, links, addresses, traffic control (rtnetlink(7)).</summary>
    public const int NETLINK_ROUTE = 0;

    /// <summary>Level of the socket options.</summary>
    public const int SOL_NETLINK = 270;

    /// <summary>Socket option: join a multicast group.</summary>
    public const int NETLINK_ADD_MEMBERSHIP = 1;

    /// <summary>Socket option: an error does not repeat the whole request.</summary>
    public const int NETLINK_CAP_ACK = 10;

    /// <summary>Socket option: errors come with the kernel's words.</summary>
    public const int NETLINK_EXT_ACK = 11;

    /// <summary>Socket option: the kernel checks dump requests, and filters by them.</summary>
    public const int NETLINK_GET_STRICT_CHK = 12;

    /// <summary>Message: an error, or with errno 0 the acknowledgement.</summary>
    public const ushort NLMSG_ERROR = 2;

    /// <summary>Message: end of a dump.</summary>
    public const ushort NLMSG_DONE = 3;

    /// <summary>Flag: a request.</summary>
    public const ushort NLM_F_REQUEST = 1;

    /// <summary>Flag: acknowledge it.</summary>
    public const ushort NLM_F_ACK = 4;

    /// <summary>Flag of an answer: the table changed while it was dumped.</summary>
    public const ushort NLM_F_DUMP_INTR = 0x10;

    /// <summary>Flag of a get: the whole table.</summary>
    public const ushort NLM_F_DUMP = 0x300;

    /// <summary>Flag of a new: take the place of what is there.</summary>
    public const ushort NLM_F_REPLACE = 0x100;

    /// <summary>Flag of a new: fail when it is there.</summary>
    public const ushort NLM_F_EXCL = 0x200;

    /// <summary>Flag of a new: make it when it is not there.</summary>
    public const ushort NLM_F_CREATE = 0x400;

    /// <summary>Flag of a new: add to the end of a list, as routes with the same key are.</summary>
    public const ushort NLM_F_APPEND = 0x800;

    /// <summary>Flag of an error: what follows it begins with a header only, not with the request.</summary>
    public const ushort NLM_F_CAPPED = 0x100;

    /// <summary>Flag of an error: attributes follow.</summary>
    public const ushort NLM_F_ACK_TLVS = 0x200;

    /// <summary>Attribute of an error: the kernel's words.</summary>
    public const ushort NLMSGERR_ATTR_MSG = 1;

    /// <summary>Bit of an attribute's type: attributes lie within.</summary>
    public const ushort NLA_F_NESTED = 0x8000;

    /// <summary>The bits of an attribute's type that name it.</summary>
    public const ushort NLA_TYPE_MASK = 0x3fff;
}

/// <summary>struct nlmsghdr.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NetlinkHeader
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 16;

    /// <summary>Bytes of the message, this header included.</summary>
    [FieldOffset(0)] public uint Length;
    /// <summary>What it is: NLMSG_ or RTM_.</summary>
    [FieldOffset(4)] public ushort Type;
    /// <summary>NLM_F_ bits.</summary>
    [FieldOffset(6)] public ushort Flags;
    /// <summary>Number of the request.</summary>
    [FieldOffset(8)] public uint Sequence;
    /// <summary>Port of the sender; 0 is the kernel.</summary>
    [FieldOffset(12)] public uint Port;
}

/// <summary>struct nlattr, which is struct rtattr: header of an attribute. Its value follows; the next one begins at a multiple of 4.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NetlinkAttributeHeader
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 4;

    /// <summary>Bytes of the attribute, this header included, padding not.</summary>
    [FieldOffset(0)] public ushort Length;
    /// <summary>Its type, with NLA_F_ bits.</summary>
    [FieldOffset(2)] public ushort Type;
}

/// <summary>struct sockaddr_nl.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NetlinkAddress
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 12;

    /// <summary>AF_NETLINK.</summary>
    [FieldOffset(0)] public ushort Family;
    /// <summary>Port; 0 lets the kernel choose.</summary>
    [FieldOffset(4)] public uint Port;
    /// <summary>Multicast groups, a bit each.</summary>
    [FieldOffset(8)] public uint Groups;
}
