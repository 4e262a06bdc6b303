using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>struct ifinfomsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct LinkMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 16;

    /// <summary>AF_UNSPEC.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>Kind of hardware (ARPHRD_).</summary>
    [FieldOffset(2)] public ushort HardwareType;
    /// <summary>Index; 0 for one that is not there yet, or is named.</summary>
    [FieldOffset(4)] public int Index;
    /// <summary>IFF_ bits.</summary>
    [FieldOffset(8)] public uint Flags;
    /// <summary>Which of the bits to change.</summary>
    [FieldOffset(12)] public uint Change;
}

/// <summary>struct ifaddrmsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct AddressMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 8;

    /// <summary>AF_INET or AF_INET6.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>Bits of the prefix.</summary>
    [FieldOffset(1)] public byte PrefixLength;
    /// <summary>The low IFA_F_ bits.</summary>
    [FieldOffset(2)] public byte Flags;
    /// <summary>RT_SCOPE_.</summary>
    [FieldOffset(3)] public byte Scope;
    /// <summary>The link.</summary>
    [FieldOffset(4)] public int Index;
}

/// <summary>struct rtmsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct RouteMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 12;

    /// <summary>AF_INET or AF_INET6.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>Bits of the destination's prefix.</summary>
    [FieldOffset(1)] public byte DestinationLength;
    /// <summary>Bits of the source's prefix.</summary>
    [FieldOffset(2)] public byte SourceLength;
    /// <summary>Type of service.</summary>
    [FieldOffset(3)] public byte Tos;
    /// <summary>RT_TABLE_, when it fits.</summary>
    [FieldOffset(4)] public byte Table;
    /// <summary>RTPROT_: who made it.</summary>
    [FieldOffset(5)] public byte Protocol;
    /// <summary>RT_SCOPE_.</summary>
    [FieldOffset(6)] public byte Scope;
    /// <summary>RTN_.</summary>
    [FieldOffset(7)] public byte Type;
    /// <summary>RTM_F_ and RTNH_F_ bits.</summary>
    [FieldOffset(8)] public uint Flags;
}

/// <summary>struct rtnexthop.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NextHopMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 8;

    /// <summary>Bytes of this next hop, its attributes included.</summary>
    [FieldOffset(0)] public ushort Length;
    /// <summary>RTNH_F_ bits.</summary>
    [FieldOffset(2)] public byte Flags;
    /// <summary>Weight, less 1.</summary>
    [FieldOffset(3)] public byte Hops;
    /// <summary>The link.</summary>
    [FieldOffset(4)] public int Index;
}

/// <summary>struct ndmsg.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct NeighbourMessage
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 12;

    /// <summary>AF_INET or AF_INET6.</summary>
    [FieldOffset(0)] public byte Family;
    /// <summary>The link.</summary>
    [FieldOffset(4)] public int Index;
    /// <summary>NUD_ bits.</summary>
    [FieldOffset(8)] public ushort State;
    /// <summary>NTF_ bits.</summary>
    [FieldOffset(10)] public byte Flags;
    /// <summary>RTN_.</summary>
    [FieldOffset(11)] public byte Type;
}

/// <summary>The head of struct rtnl_link_stats64 (linux/if_link.h): counters of a link since it was made.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public struct LinkCounters
{
    /// <summary>Bytes of the fields here; newer kernels send more behind them.</summary>
    public const int TotalSize = 64;

    /// <summary>Packets received.</summary>
    [FieldOffset(0)] public ulong RxPackets;
    /// <summary>Packets sent.</summary>
    [FieldOffset(8)] public ulong TxPackets;
    /// <summary>Bytes received.</summary>
    [FieldOffset(16)] public ulong RxBytes;
    /// <summary>Bytes sent.</summary>
    [FieldOffset(24)] public ulong TxBytes;
    /// <summary>Bad packets received.</summary>
    [FieldOffset(32)] public ulong RxErrors;
    /// <summary>Packets that could not be sent.</summary>
    [FieldOffset(40)] public ulong TxErrors;
    /// <summary>Packets received and dropped.</summary>
    [FieldOffset(48)] public ulong RxDropped;
    /// <summary>Packets dropped before they were sent.</summary>
    [FieldOffset(56)] public ulong TxDropped;
}
