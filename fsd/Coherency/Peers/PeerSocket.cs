using System;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>Unix sockets of packets (SOCK_SEQPACKET) by path: what daemons of a node find one another by (unix(7)).</summary>
internal static unsafe class PeerSocket
{
    // struct sockaddr_un: le16 family, char path[108], with its final 0.
    private const int MaxPath = 107;
    private const int AddressSize = 110;

    // Every daemon of the node may come at once.
    private const int Backlog = 1024;

    /// <summary>Listens on a path, mode 0600. What is there already is an earlier daemon's and goes.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="LinuxException">ENAMETOOLONG, or what bind(2) says.</exception>
    public static OwnedFd Listen(string path)
    {
        var address = stackalloc byte[AddressSize];
        var length = Fill(address, path);
        _ = Unistd.unlinkat(Fcntl.AT_FDCWD, address + 2, 0);
        var socket = Create();
        try
        {
            // The socket has its mode from the moment it can be seen.
            var mask = SysStat.umask(0x7f);
            var bound = SysSocket.bind(socket.Fd, address, length);
            var errno = LinuxException.LastErrno;
            _ = SysStat.umask(mask);
            if (bound < 0)
                throw new LinuxException(errno, "bind", path);
            LinuxException.Check(SysSocket.listen(socket.Fd, Backlog), "listen", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a path.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null when nobody listens there: that daemon is gone.</returns>
    /// <exception cref="LinuxException">What connect(2) says otherwise.</exception>
    public static OwnedFd? TryConnect(string path)
    {
        var address = stackalloc byte[AddressSize];
        var length = Fill(address, path);
        var socket = Create();
        while (SysSocket.connect(socket.Fd, address, length) < 0)
        {
            var errno = LinuxException.LastErrno;
            if (errno == Errno.EINTR)
                continue;
            socket.Dispose();
            return errno is Errno.ENOENT or Errno.ECONNREFUSED ? null : throw new LinuxException(errno, "connect", path);
        }

        return socket;
    }

    /// <summary>Takes a connection that waits.</summary>
    /// <param name="listener">A socket that listens.</param>
    /// <returns>Null when it is gone again, or there are no descriptors left.</returns>
    public static OwnedFd? TryAccept(OwnedFd listener)
    {
        var fd = SysSocket.accept4(listener.Fd, null, null, SysSocket.SOCK_CLOEXEC);
        return fd < 0 ? null : new OwnedFd(fd);
    }

    private static OwnedFd Create() =>
        OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC, 0), "socket");

    private static uint Fill(byte* address, string path)
    {
        var length = Encoding.UTF8.GetByteCount(path);
        if (length > MaxPath)
            throw new LinuxException(Errno.ENAMETOOLONG, "socket", $"{path}: a socket's path has at most {MaxPath} bytes");
        new Span<byte>(address, AddressSize).Clear();
        *(ushort*)address = SysSocket.AF_UNIX;
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + 2, MaxPath));
        return (uint)(2 + length + 1);
    }
}
