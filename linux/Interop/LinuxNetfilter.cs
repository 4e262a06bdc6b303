using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>linux/netfilter.h, netfilter/nfnetlink.h, netfilter/nf_tables.h: the packet filter's netlink messages. Its numbers are big-endian.</summary>
public static class LinuxNetfilter
{
    /// <summary>Protocol of netlink: netfilter.</summary>
    public const int NETLINK_NETFILTER = 12;

    /// <summary>Message: begin of a batch, which is done as a whole or not at all.</summary>
    public const ushort NFNL_MSG_BATCH_BEGIN = 0x10;

    /// <summary>Message: end of a batch.</summary>
    public const ushort NFNL_MSG_BATCH_END = 0x11;

    /// <summary>Part of netfilter: nf_tables. The high byte of a message's type.</summary>
    public const ushort NFNL_SUBSYS_NFTABLES = 10;

    /// <summary>nf_tables message: make a table.</summary>
    public const ushort NFT_MSG_NEWTABLE = 0;

    /// <summary>nf_tables message: delete a table with all in it.</summary>
    public const ushort NFT_MSG_DELTABLE = 2;

    /// <summary>nf_tables message: make a chain.</summary>
    public const ushort NFT_MSG_NEWCHAIN = 3;

    /// <summary>nf_tables message: make a rule.</summary>
    public const ushort NFT_MSG_NEWRULE = 6;

    /// <summary>Family of a table: IPv4.</summary>
    public const byte NFPROTO_IPV4 = 2;

    /// <summary>Family of a table: IPv6.</summary>
    public const byte NFPROTO_IPV6 = 10;

    /// <summary>Table: name.</summary>
    public const ushort NFTA_TABLE_NAME = 1;

    /// <summary>Chain: table that it is in.</summary>
    public const ushort NFTA_CHAIN_TABLE = 1;

    /// <summary>Chain: name.</summary>
    public const ushort NFTA_CHAIN_NAME = 3;

    /// <summary>Chain: where packets come from, nested.</summary>
    public const ushort NFTA_CHAIN_HOOK = 4;

    /// <summary>Chain: kind, such as <c>filter</c>.</summary>
    public const ushort NFTA_CHAIN_TYPE = 7;

    /// <summary>Hook: number.</summary>
    public const ushort NFTA_HOOK_HOOKNUM = 1;

    /// <summary>Hook: priority; the smallest is asked first.</summary>
    public const ushort NFTA_HOOK_PRIORITY = 2;

    /// <summary>Hook number: packets that have come in, before they are routed.</summary>
    public const uint NF_INET_PRE_ROUTING = 0;

    /// <summary>Priority of chains that change packets' marks and sockets, as iptables has it.</summary>
    public const int NF_IP_PRI_MANGLE = -150;

    /// <summary>Rule: table.</summary>
    public const ushort NFTA_RULE_TABLE = 1;

    /// <summary>Rule: chain.</summary>
    public const ushort NFTA_RULE_CHAIN = 2;

    /// <summary>Rule: list of expressions.</summary>
    public const ushort NFTA_RULE_EXPRESSIONS = 4;

    /// <summary>Element of a list.</summary>
    public const ushort NFTA_LIST_ELEM = 1;

    /// <summary>Expression: name.</summary>
    public const ushort NFTA_EXPR_NAME = 1;

    /// <summary>Expression: what its kind alone knows, nested.</summary>
    public const ushort NFTA_EXPR_DATA = 2;

    /// <summary>Register: the verdict.</summary>
    public const uint NFT_REG_VERDICT = 0;

    /// <summary>Register: the first of 16 bytes.</summary>
    public const uint NFT_REG_1 = 1;

    /// <summary>Register: the second of 16 bytes.</summary>
    public const uint NFT_REG_2 = 2;

    /// <summary>Data: bytes.</summary>
    public const ushort NFTA_DATA_VALUE = 1;

    /// <summary>Data: a verdict, nested.</summary>
    public const ushort NFTA_DATA_VERDICT = 2;

    /// <summary>Verdict: code.</summary>
    public const ushort NFTA_VERDICT_CODE = 1;

    /// <summary>Verdict code: the packet goes on.</summary>
    public const uint NF_ACCEPT = 1;

    /// <summary>Expression immediate: register to write.</summary>
    public const ushort NFTA_IMMEDIATE_DREG = 1;

    /// <summary>Expression immediate: data, nested.</summary>
    public const ushort NFTA_IMMEDIATE_DATA = 2;

    /// <summary>Expression cmp: register to read.</summary>
    public const ushort NFTA_CMP_SREG = 1;

    /// <summary>Expression cmp: operation.</summary>
    public const ushort NFTA_CMP_OP = 2;

    /// <summary>Expression cmp: data, nested.</summary>
    public const ushort NFTA_CMP_DATA = 3;

    /// <summary>Operation of cmp: equal.</summary>
    public const uint NFT_CMP_EQ = 0;

    /// <summary>Expression meta: register to write.</summary>
    public const ushort NFTA_META_DREG = 1;

    /// <summary>Expression meta: what to read.</summary>
    public const ushort NFTA_META_KEY = 2;

    /// <summary>Key of meta: index of the link that the packet came in by, in the machine's byte order.</summary>
    public const uint NFT_META_IIF = 4;

    /// <summary>Key of meta: transport protocol, a byte.</summary>
    public const uint NFT_META_L4PROTO = 16;

    /// <summary>Expression payload: register to write.</summary>
    public const ushort NFTA_PAYLOAD_DREG = 1;

    /// <summary>Expression payload: which header.</summary>
    public const ushort NFTA_PAYLOAD_BASE = 2;

    /// <summary>Expression payload: offset in the header.</summary>
    public const ushort NFTA_PAYLOAD_OFFSET = 3;

    /// <summary>Expression payload: bytes.</summary>
    public const ushort NFTA_PAYLOAD_LEN = 4;

    /// <summary>Header of payload: IP.</summary>
    public const uint NFT_PAYLOAD_NETWORK_HEADER = 1;

    /// <summary>Expression socket: what to read. The rule does not match where the packet has no socket.</summary>
    public const ushort NFTA_SOCKET_KEY = 1;

    /// <summary>Expression socket: register to write.</summary>
    public const ushort NFTA_SOCKET_DREG = 2;

    /// <summary>Key of socket: whether it is transparent (ip(7), IP_TRANSPARENT), a byte.</summary>
    public const uint NFT_SOCKET_TRANSPARENT = 0;

    /// <summary>Expression tproxy: family.</summary>
    public const ushort NFTA_TPROXY_FAMILY = 1;

    /// <summary>Expression tproxy: register with the listener's address.</summary>
    public const ushort NFTA_TPROXY_REG_ADDR = 2;

    /// <summary>Expression tproxy: register with the listener's port.</summary>
    public const ushort NFTA_TPROXY_REG_PORT = 3;
}

/// <summary>struct nfgenmsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NetfilterMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 4;

    /// <summary>NFPROTO_ number.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>0.</summary>
    [FieldOffset(1)] public byte Version;
    /// <summary>Of a batch's begin and end: which part of netfilter, big-endian.</summary>
    [FieldOffset(2)] public ushort Resource;
}
