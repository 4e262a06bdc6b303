using System;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>
/// Hears of changes in a network namespace: links, addresses, routes, neighbours (rtnetlink(7), multicast groups). What changed is not told:
/// messages may be lost under load, so a listener has to look at the tables in any case.
/// </summary>
public sealed unsafe class NetlinkMonitor : IDisposable
{
    private static readonly int[] s_groups =
    [
        LinuxRtnetlink.RTNLGRP_LINK, LinuxRtnetlink.RTNLGRP_IPV4_IFADDR, LinuxRtnetlink.RTNLGRP_IPV6_IFADDR,
        LinuxRtnetlink.RTNLGRP_IPV4_ROUTE, LinuxRtnetlink.RTNLGRP_IPV6_ROUTE,
    ];

    private NetlinkMonitor(OwnedFd socket) => Socket = socket;

    /// <summary>The socket; it is readable when something has changed, and does not block.</summary>
    public OwnedFd Socket { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="netns">The namespace.</param>
    /// <exception cref="LinuxException">It cannot be entered, or listened to.</exception>
    public static NetlinkMonitor Open(OwnedFd netns) => NetworkNamespace.Run(netns, static () =>
    {
        var fd = OwnedFd.FromCall(
            SysSocket.socket(SysSocket.AF_NETLINK, SysSocket.SOCK_RAW | SysSocket.SOCK_CLOEXEC | SysSocket.SOCK_NONBLOCK, LinuxNetlink.NETLINK_ROUTE),
            "socket", "NETLINK_ROUTE");
        try
        {
            var address = new NetlinkAddress { Family = SysSocket.AF_NETLINK };
            LinuxException.Check(SysSocket.bind(fd.Fd, &address, NetlinkAddress.TotalSize), "bind", "NETLINK_ROUTE");
            foreach (var group in s_groups)
            {
                var number = group;
                LinuxException.Check(
                    SysSocket.setsockopt(fd.Fd, LinuxNetlink.SOL_NETLINK, LinuxNetlink.NETLINK_ADD_MEMBERSHIP, &number, sizeof(int)),
                    "setsockopt", "NETLINK_ADD_MEMBERSHIP");
            }

            return new NetlinkMonitor(fd);
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    });

    /// <summary>Throws away what has come so far; called before the tables are read.</summary>
    public void Drain()
    {
        var buffer = stackalloc byte[8192];
        while (true)
        {
            if (Unistd.read(Socket.Fd, buffer, 8192) >= 0)
                continue;
            // ENOBUFS says that messages were lost: there is something to look at, which the caller does anyway.
            if (LinuxException.LastErrno is not (Errno.EINTR or Errno.ENOBUFS))
                return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();
}
