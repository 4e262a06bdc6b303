using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>linux/pkt_sched.h, pkt_cls.h, tc_act/tc_mirred.h: traffic control (tc(8)).</summary>
public static class LinuxPktSched
{
    /// <summary>Parent of the ingress discipline, and of clsact.</summary>
    public const uint TC_H_INGRESS = 0xFFFFFFF1;

    /// <summary>Handle of the ingress discipline, and parent of its filters.</summary>
    public const uint IngressHandle = 0xFFFF0000;

    /// <summary>What kind of discipline, filter.</summary>
    public const ushort TCA_KIND = 1;

    /// <summary>What the kind alone knows.</summary>
    public const ushort TCA_OPTIONS = 2;

    /// <summary>u32: what to match, struct tc_u32_sel and keys.</summary>
    public const ushort TCA_U32_SEL = 5;

    /// <summary>u32: actions.</summary>
    public const ushort TCA_U32_ACT = 7;

    /// <summary>matchall: actions.</summary>
    public const ushort TCA_MATCHALL_ACT = 2;

    /// <summary>Action: kind.</summary>
    public const ushort TCA_ACT_KIND = 1;

    /// <summary>Action: what the kind alone knows.</summary>
    public const ushort TCA_ACT_OPTIONS = 2;

    /// <summary>mirred: struct tc_mirred.</summary>
    public const ushort TCA_MIRRED_PARMS = 2;

    /// <summary>mirred: send the packet out of another link instead.</summary>
    public const int TCA_EGRESS_REDIR = 1;

    /// <summary>mirred: send a copy of the packet out of another link.</summary>
    public const int TCA_EGRESS_MIRROR = 2;

    /// <summary>What becomes of the packet: it goes on, and no other filter is asked.</summary>
    public const int TC_ACT_OK = 0;

    /// <summary>What becomes of the packet: the action has taken it.</summary>
    public const int TC_ACT_STOLEN = 4;

    /// <summary>u32 flag: a match ends the search.</summary>
    public const byte TC_U32_TERMINAL = 1;

    /// <summary>Packets of every protocol (linux/if_ether.h).</summary>
    public const ushort ETH_P_ALL = 3;

    /// <summary>IPv4.</summary>
    public const ushort ETH_P_IP = 0x0800;

    /// <summary>Address resolution.</summary>
    public const ushort ETH_P_ARP = 0x0806;
}

/// <summary>struct tcmsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct TrafficMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 20;

    /// <summary>AF_UNSPEC.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>The link.</summary>
    [FieldOffset(4)] public int Index;
    /// <summary>Its own number.</summary>
    [FieldOffset(8)] public uint Handle;
    /// <summary>What it hangs on.</summary>
    [FieldOffset(12)] public uint Parent;
    /// <summary>Of a filter: priority in the high half, protocol in network order in the low one.</summary>
    [FieldOffset(16)] public uint Info;
}

/// <summary>struct tc_u32_sel with two struct tc_u32_key behind it; masks and values are in network order.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct U32Selector
{
    /// <summary>Bytes: 16 of the selector, 16 of each key.</summary>
    public const int TotalSize = 48;

    /// <summary>TC_U32_ bits.</summary>
    [FieldOffset(0)] public byte Flags;
    /// <summary>Number of keys: 1 or 2 here. All must match.</summary>
    [FieldOffset(2)] public byte KeyCount;
    /// <summary>The key's mask; 0 matches all.</summary>
    [FieldOffset(16)] public uint Mask;
    /// <summary>The key's value.</summary>
    [FieldOffset(20)] public uint Value;
    /// <summary>Bytes from the network header to the word that the key is about.</summary>
    [FieldOffset(24)] public int Offset;
    /// <summary>The second key's mask.</summary>
    [FieldOffset(32)] public uint SecondMask;
    /// <summary>The second key's value.</summary>
    [FieldOffset(36)] public uint SecondValue;
    /// <summary>The second key's offset.</summary>
    [FieldOffset(40)] public int SecondOffset;
}

/// <summary>struct tc_mirred.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct MirredParameters
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 28;

    /// <summary>Number of the action; 0 makes a new one.</summary>
    [FieldOffset(0)] public uint Number;
    /// <summary>TC_ACT_: what becomes of the packet.</summary>
    [FieldOffset(8)] public int Action;
    /// <summary>TCA_EGRESS_REDIR and the like.</summary>
    [FieldOffset(20)] public int Direction;
    /// <summary>The other link.</summary>
    [FieldOffset(24)] public int Index;
}
