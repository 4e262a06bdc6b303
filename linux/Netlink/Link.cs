using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>A link (network interface) as the kernel describes it.</summary>
/// <param name="Index">Its number in its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Such as <c>veth</c>, <c>tun</c>, <c>bridge</c>; empty for hardware and loopback.</param>
/// <param name="HardwareType">ARPHRD_ number; 1 is Ethernet.</param>
/// <param name="Mac">Hardware address.</param>
/// <param name="Mtu">Largest packet, in bytes.</param>
/// <param name="Flags">IFF_ bits.</param>
/// <param name="Master">Index of its bridge or bond; 0 without.</param>
/// <param name="Counters">Traffic so far.</param>
public sealed record Link(
    int Index, string Name, string Kind, ushort HardwareType, MacAddress Mac, int Mtu, uint Flags, int Master, LinkCounters Counters)
{
    /// <summary>Whether it is up.</summary>
    public bool IsUp => (Flags & LinuxIf.IFF_UP) != 0;

    /// <summary>Whether it is the loopback device.</summary>
    public bool IsLoopback => (Flags & LinuxIf.IFF_LOOPBACK) != 0;

    /// <summary>Whether it carries Ethernet frames.</summary>
    public bool IsEthernet => HardwareType == LinuxIf.ARPHRD_ETHER && !IsLoopback;
}
