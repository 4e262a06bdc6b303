using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxNetfilter;

namespace KataShimNet.Linux.Netlink;

/// <summary>
/// Leads TCP connections to 127.0.0.1 or ::1 in a network namespace to one listener, whatever their port, as long as nobody else listens there.
/// By nf_tables, in a table of our own: a packet that belongs to a socket which is not transparent goes on; any other is given to the listener
/// (nft(8), "socket" and "tproxy"). No address is rewritten, and no connection tracked: the listener's connections have the port that was called.
/// </summary>
public sealed class LoopbackDiversion : IDisposable
{
    private const string Table = "katanet";
    private const string Chain = "loopback";
    private const uint LoopbackIndex = 1;

    private readonly NetlinkSocket _socket;
    private readonly byte _family;
    private bool _ended;

    private LoopbackDiversion(NetlinkSocket socket, byte family) => (_socket, _family) = (socket, family);

    /// <summary>Begins to divert.</summary>
    /// <param name="netns">The namespace.</param>
    /// <param name="listener">A listener there that is transparent (ip(7), IP_TRANSPARENT), at the loopback address itself.</param>
    /// <exception cref="LinuxException">The kernel has no netfilter that can be asked.</exception>
    /// <exception cref="NetlinkException">It has no nf_tables, or not what is needed of it.</exception>
    public static LoopbackDiversion Begin(OwnedFd netns, IPEndPoint listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        var family = listener.AddressFamily == AddressFamily.InterNetwork ? NFPROTO_IPV4 : NFPROTO_IPV6;
        var socket = NetworkNamespace.Run(netns, static () => new NetlinkSocket(NETLINK_NETFILTER));
        try
        {
            // A table that a killed shim has left is emptied: deleting needs one, and making it anew does no harm.
            socket.ExecuteBatch(
                NFNL_SUBSYS_NFTABLES,
                [NewTable(family), DeleteTable(family), NewTable(family), NewChain(family), SparesOthers(family, listener), Diverts(family, listener)],
                $"divert {listener.Address} to port {listener.Port}");
            return new LoopbackDiversion(socket, family);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        try
        {
            _socket.ExecuteBatch(NFNL_SUBSYS_NFTABLES, [DeleteTable(_family)], "divert no longer");
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENOENT)
        {
            // Somebody has flushed all tables.
        }
        finally
        {
            _socket.Dispose();
        }
    }

    private static NetlinkWriter Message(ushort message, byte family, ushort flags = 0) =>
        new NetlinkWriter((ushort)((NFNL_SUBSYS_NFTABLES << 8) | message), flags).Struct(new NetfilterMessage { Family = family });

    private static NetlinkWriter NewTable(byte family) => Message(NFT_MSG_NEWTABLE, family, LinuxNetlink.NLM_F_CREATE).Text(NFTA_TABLE_NAME, Table);

    private static NetlinkWriter DeleteTable(byte family) => Message(NFT_MSG_DELTABLE, family).Text(NFTA_TABLE_NAME, Table);

    private static NetlinkWriter NewChain(byte family) => Message(NFT_MSG_NEWCHAIN, family, LinuxNetlink.NLM_F_CREATE)
        .Text(NFTA_CHAIN_TABLE, Table)
        .Text(NFTA_CHAIN_NAME, Chain)
        .Text(NFTA_CHAIN_TYPE, "filter")
        .Nested(NFTA_CHAIN_HOOK, hook => hook
            .Number(NFTA_HOOK_HOOKNUM, Big(NF_INET_PRE_ROUTING))
            .Number(NFTA_HOOK_PRIORITY, Big(unchecked((uint)NF_IP_PRI_MANGLE))));

    // The client's own socket, and what somebody else serves there. One in TIME_WAIT that was ours counts as transparent.
    private static NetlinkWriter SparesOthers(byte family, IPEndPoint listener) => Rule(
        family, listener.Address,
        rule => Expression(rule, "socket", socket => socket
            .Number(NFTA_SOCKET_KEY, Big(NFT_SOCKET_TRANSPARENT))
            .Number(NFTA_SOCKET_DREG, Big(NFT_REG_1))),
        rule => Equal(rule, [0]),
        Accept);

    private static NetlinkWriter Diverts(byte family, IPEndPoint listener) => Rule(
        family, listener.Address,
        rule => Load(rule, NFT_REG_1, listener.Address.GetAddressBytes()),
        rule => Load(rule, NFT_REG_2, [(byte)(listener.Port >> 8), (byte)listener.Port]),
        rule => Expression(rule, "tproxy", proxy => proxy
            .Number(NFTA_TPROXY_FAMILY, Big(family))
            .Number(NFTA_TPROXY_REG_ADDR, Big(NFT_REG_1))
            .Number(NFTA_TPROXY_REG_PORT, Big(NFT_REG_2))));

    // TCP that came in by the loopback device, to the address.
    private static NetlinkWriter Rule(byte family, IPAddress address, params Action<NetlinkWriter>[] then)
    {
        var bytes = address.GetAddressBytes();
        // RFC 791, 3.1 and RFC 8200, 3: where the destination is.
        var destination = family == NFPROTO_IPV4 ? 16u : 24u;
        List<Action<NetlinkWriter>> expressions =
        [
            rule => Meta(rule, NFT_META_IIF),
            rule => Equal(rule, BitConverter.GetBytes(LoopbackIndex)),
            rule => Meta(rule, NFT_META_L4PROTO),
            rule => Equal(rule, [(byte)ProtocolType.Tcp]),
            rule => Expression(rule, "payload", payload => payload
                .Number(NFTA_PAYLOAD_DREG, Big(NFT_REG_1))
                .Number(NFTA_PAYLOAD_BASE, Big(NFT_PAYLOAD_NETWORK_HEADER))
                .Number(NFTA_PAYLOAD_OFFSET, Big(destination))
                .Number(NFTA_PAYLOAD_LEN, Big((uint)bytes.Length))),
            rule => Equal(rule, bytes),
            .. then,
        ];
        return Message(NFT_MSG_NEWRULE, family, LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_APPEND)
            .Text(NFTA_RULE_TABLE, Table)
            .Text(NFTA_RULE_CHAIN, Chain)
            .Nested(NFTA_RULE_EXPRESSIONS, list => expressions.ForEach(expression => expression(list)));
    }

    private static void Meta(NetlinkWriter rule, uint key) =>
        Expression(rule, "meta", meta => meta.Number(NFTA_META_KEY, Big(key)).Number(NFTA_META_DREG, Big(NFT_REG_1)));

    private static void Equal(NetlinkWriter rule, byte[] value) => Expression(rule, "cmp", compare => compare
        .Number(NFTA_CMP_SREG, Big(NFT_REG_1))
        .Number(NFTA_CMP_OP, Big(NFT_CMP_EQ))
        .Nested(NFTA_CMP_DATA, data => data.Bytes(NFTA_DATA_VALUE, value)));

    private static void Load(NetlinkWriter rule, uint register, byte[] value) => Expression(rule, "immediate", load => load
        .Number(NFTA_IMMEDIATE_DREG, Big(register))
        .Nested(NFTA_IMMEDIATE_DATA, data => data.Bytes(NFTA_DATA_VALUE, value)));

    private static void Accept(NetlinkWriter rule) => Expression(rule, "immediate", verdict => verdict
        .Number(NFTA_IMMEDIATE_DREG, Big(NFT_REG_VERDICT))
        .Nested(NFTA_IMMEDIATE_DATA, data => data.Nested(NFTA_DATA_VERDICT, code => code.Number(NFTA_VERDICT_CODE, Big(NF_ACCEPT)))));

    private static void Expression(NetlinkWriter rule, string name, Action<NetlinkWriter> data) =>
        rule.Nested(NFTA_LIST_ELEM, element => element.Text(NFTA_EXPR_NAME, name).Nested(NFTA_EXPR_DATA, data));

    private static uint Big(uint value) => (uint)IPAddress.HostToNetworkOrder((int)value);
}
