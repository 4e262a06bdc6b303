using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Channel;

/// <summary>Finds a virtio-serial port by name and waits for its other end.</summary>
internal static unsafe class SerialPort
{
    private const string Folder = "/sys/class/virtio-ports";

    /// <summary>Path of the device of a port.</summary>
    /// <param name="name">The name QEMU was given.</param>
    /// <returns>Null while there is no such port.</returns>
    public static string? FindDevice(string name)
    {
        if (!Directory.Exists(Folder))
            return null;
        foreach (var port in Directory.EnumerateFileSystemEntries(Folder))
        {
            var file = Path.Combine(port, "name");
            if (File.Exists(file) && File.ReadAllText(file).Trim() == name)
                return "/dev/" + Path.GetFileName(port);
        }

        return null;
    }

    /// <summary>Opens a port, not blocking. Only one descriptor can be open at a time.</summary>
    /// <param name="device">Its device.</param>
    public static OwnedFd Open(string device) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, device, Fcntl.O_RDWR | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0), "open", device);

    /// <summary>Blocks until the host has its end open.</summary>
    /// <param name="port">The open port.</param>
    /// <remarks>
    /// While nobody is there poll(2) reports POLLHUP at once, again and again (drivers/char/virtio_console.c, port_fops_poll);
    /// an edge-triggered wait sleeps until that changes.
    /// </remarks>
    public static void WaitForHost(OwnedFd port)
    {
        using var epoll = OwnedFd.FromCall(SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC), "epoll_create1");
        var @event = new EpollEvent { Events = SysEpoll.EPOLLIN | SysEpoll.EPOLLOUT | SysEpoll.EPOLLET };
        LinuxException.Check(SysEpoll.epoll_ctl(epoll.Fd, SysEpoll.EPOLL_CTL_ADD, port.Fd, &@event), "epoll_ctl");
        do
        {
            @event.Events = SysEpoll.EPOLLHUP;
            _ = SysEpoll.epoll_wait(epoll.Fd, &@event, 1, -1);
        }
        while ((@event.Events & SysEpoll.EPOLLHUP) != 0);
    }
}
