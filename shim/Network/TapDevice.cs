using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Network;

/// <summary>Taps: links whose far end is a descriptor (linux/if_tun.h). One lives as long as a descriptor of it is open.</summary>
internal static unsafe class TapDevice
{
    // struct virtio_net_hdr_mrg_rxbuf, what a modern device works with; QEMU sets it anew.
    private const int HeaderSize = 12;

    /// <summary>Makes a tap in a namespace: Ethernet frames with a virtio header, IPv6 of the host off, down.</summary>
    /// <param name="name">Its name; at most 15 bytes.</param>
    /// <param name="queues">Descriptors to open.</param>
    /// <param name="netns">The namespace.</param>
    /// <exception cref="LinuxException">There is no /dev/net/tun, or a link of that name.</exception>
    public static IReadOnlyList<OwnedFd> Create(string name, int queues, OwnedFd netns) => NetworkNamespace.Run(netns, () =>
    {
        var fds = new List<OwnedFd>();
        try
        {
            for (var i = 0; i < queues; i++)
                fds.Add(OpenQueue(name, queues > 1));
            StopIpv6(name);
            return fds;
        }
        catch
        {
            foreach (var fd in fds)
                fd.Dispose();
            throw;
        }
    });

    private static OwnedFd OpenQueue(string name, bool several)
    {
        var fd = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, LinuxIf.TunPath, Fcntl.O_RDWR | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, 0), "open", LinuxIf.TunPath);
        var request = new TapRequest
        {
            Flags = (short)(LinuxIf.IFF_TAP | LinuxIf.IFF_NO_PI | LinuxIf.IFF_VNET_HDR | (several ? LinuxIf.IFF_MULTI_QUEUE : 0)),
        };
        Encoding.UTF8.GetBytes(name, new Span<byte>(request.Name, LinuxIf.MaxNameLength));
        var size = HeaderSize;
        if (SysIoctl.ioctl(fd.Fd, LinuxIf.TUNSETIFF, &request) >= 0 && SysIoctl.ioctl(fd.Fd, LinuxIf.TUNSETVNETHDRSZ, &size) >= 0)
            return fd;
        var errno = LinuxException.LastErrno;
        fd.Dispose();
        throw new LinuxException(errno, "ioctl", $"TUNSETIFF {name}");
    }

    // The host would talk to the guest over the tap (router solicitations, listener reports): what is on it belongs to the pod's link alone.
    private static void StopIpv6(string name)
    {
        var path = $"/proc/sys/net/ipv6/conf/{name}/disable_ipv6";
        if (File.Exists(path))
            File.WriteAllText(path, "1");
    }
}
