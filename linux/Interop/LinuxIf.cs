using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>linux/if.h, if_arp.h, if_tun.h: links and taps.</summary>
public static class LinuxIf
{
    /// <summary>Most bytes of a link's name, without the NUL.</summary>
    public const int MaxNameLength = 15;

    /// <summary>Flag: up.</summary>
    public const uint IFF_UP = 1;

    /// <summary>Flag: loopback.</summary>
    public const uint IFF_LOOPBACK = 8;

    /// <summary>Flag: no ARP.</summary>
    public const uint IFF_NOARP = 0x80;

    /// <summary>Hardware: Ethernet.</summary>
    public const ushort ARPHRD_ETHER = 1;

    /// <summary>Device that taps are made with.</summary>
    public const string TunPath = "/dev/net/tun";

    /// <summary>Tap flag: Ethernet frames.</summary>
    public const short IFF_TAP = 2;

    /// <summary>Tap flag: no packet information in front.</summary>
    public const short IFF_NO_PI = 0x1000;

    /// <summary>Tap flag: a virtio header in front.</summary>
    public const short IFF_VNET_HDR = 0x4000;

    /// <summary>Tap flag: several descriptors, a queue each.</summary>
    public const short IFF_MULTI_QUEUE = 0x100;

    /// <summary>Tap flag: fail when there is one of the name.</summary>
    public const ushort IFF_TUN_EXCL = 0x8000;

    /// <summary>Makes a tap, or opens another queue of one: struct ifreq.</summary>
    public const nuint TUNSETIFF = 0x400454ca;

    /// <summary>Size of the virtio header: an int.</summary>
    public const nuint TUNSETVNETHDRSZ = 0x400454d8;
}

/// <summary>struct ifreq (netdevice(7)) as TUNSETIFF takes it.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
public unsafe struct TapRequest
{
    /// <summary>Bytes.</summary>
    public const int TotalSize = 40;

    /// <summary>Name of the link, NUL-terminated.</summary>
    [FieldOffset(0)] public fixed byte Name[16];
    /// <summary>IFF_ bits of a tap.</summary>
    [FieldOffset(16)] public short Flags;
}
