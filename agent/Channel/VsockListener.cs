using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Channel;

/// <summary>Listens on AF_VSOCK (vsock(7)); .NET has no such address family, so by plain calls.</summary>
internal static unsafe class VsockListener
{
    private const uint VMADDR_CID_ANY = uint.MaxValue;

    /// <summary>Opens a listening socket.</summary>
    /// <param name="port">Port, on every context id of this machine.</param>
    /// <exception cref="LinuxException">EAFNOSUPPORT: the kernel has no vsock.</exception>
    public static OwnedFd Open(uint port)
    {
        var socket = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_VSOCK, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket", "AF_VSOCK");
        // struct sockaddr_vm: family u16, reserved u16, port u32, cid u32, flags and padding; 16 bytes.
        var address = stackalloc uint[4] { SysSocket.AF_VSOCK, port, VMADDR_CID_ANY, 0 };
        LinuxException.Check(SysSocket.bind(socket.Fd, address, 16), "bind", $"vsock port {port}");
        LinuxException.Check(SysSocket.listen(socket.Fd, 16), "listen", $"vsock port {port}");
        return socket;
    }

    /// <summary>Blocks until a connection comes.</summary>
    /// <param name="listener">From <see cref="Open"/>.</param>
    /// <returns>The connection, non-blocking.</returns>
    public static OwnedFd Accept(OwnedFd listener)
    {
        int fd;
        while ((fd = SysSocket.accept4(listener.Fd, null, null, SysSocket.SOCK_CLOEXEC | SysSocket.SOCK_NONBLOCK)) < 0)
        {
            var errno = LinuxException.LastErrno;
            if (errno is not (Errno.EINTR or Errno.ECONNRESET))
                throw new LinuxException(errno, "accept4", "vsock");
        }

        return new OwnedFd(fd);
    }
}
