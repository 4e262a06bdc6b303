using System.Globalization;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Keeper;

/// <summary>Where the front end comes from: a connected socket, one that listens, or a path.</summary>
internal static unsafe class FrontEndSocket
{
    // struct sockaddr_un: le16 family, char path[108], with its final 0.
    private const int MaxPath = 107;

    /// <summary>Takes a socket that was inherited.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="what">What it is for, in an error.</param>
    /// <returns>The socket, close-on-exec from here on.</returns>
    /// <exception cref="LinuxException">EBADF: it is not open.</exception>
    public static OwnedFd Inherit(int number, string what)
    {
        if (Fcntl.fcntl(number, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC) < 0)
            LinuxException.ThrowLast(what, number.ToString(CultureInfo.InvariantCulture));
        return new OwnedFd(number);
    }

    /// <summary>Whether a socket listens, rather than being connected (socket(7), SO_ACCEPTCONN).</summary>
    /// <param name="socket">The socket.</param>
    /// <exception cref="LinuxException">It is no socket.</exception>
    public static bool IsListening(OwnedFd socket)
    {
        int listening;
        var size = (uint)sizeof(int);
        LinuxException.Check(
            SysSocket.getsockopt(socket.Fd, SysSocket.SOL_SOCKET, SysSocket.SO_ACCEPTCONN, &listening, &size), "getsockopt", "SO_ACCEPTCONN");
        return listening != 0;
    }

    /// <summary>Listens on a path, mode 0600, or 0660 for a group. What is there already is replaced when it is a socket.</summary>
    /// <param name="path">The path.</param>
    /// <param name="group">Name or number of the group, or null.</param>
    /// <exception cref="LinuxException">ENAMETOOLONG, EADDRINUSE when something else is there, or what bind(2) says.</exception>
    public static OwnedFd Listen(string path, string? group = null)
    {
        var length = Encoding.UTF8.GetByteCount(path);
        if (length > MaxPath)
            throw new LinuxException(Errno.ENAMETOOLONG, "bind", $"{path}: a socket's path has at most {MaxPath} bytes");
        var gid = group is null ? uint.MaxValue : SystemGroup.Find(group);
        var address = stackalloc byte[110];
        new System.Span<byte>(address, 110).Clear();
        *(ushort*)address = SysSocket.AF_UNIX;
        Encoding.UTF8.GetBytes(path, new System.Span<byte>(address + 2, MaxPath));

        RemoveStale(path, address + 2);
        var socket = OwnedFd.FromCall(SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC, 0), "socket");
        try
        {
            // The socket has its mode from the moment it can be seen.
            var mask = SysStat.umask(group is null ? 0x7fu : 0x4fu);
            var bound = SysSocket.bind(socket.Fd, address, (uint)(2 + length + 1));
            var errno = LinuxException.LastErrno;
            _ = SysStat.umask(mask);
            if (bound < 0)
                throw new LinuxException(errno, "bind", path);
            if (group is not null)
            {
                LinuxException.Check(
                    Unistd.fchownat(Fcntl.AT_FDCWD, address + 2, uint.MaxValue, gid, Fcntl.AT_SYMLINK_NOFOLLOW), "chown", $"{path} for group {group}");
            }

            LinuxException.Check(SysSocket.listen(socket.Fd, 1), "listen", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts one front end.</summary>
    /// <param name="listener">A socket that listens.</param>
    public static OwnedFd Accept(OwnedFd listener)
    {
        while (true)
        {
            var fd = SysSocket.accept4(listener.Fd, null, null, SysSocket.SOCK_CLOEXEC);
            if (fd >= 0)
                return new OwnedFd(fd);
            var errno = LinuxException.LastErrno;
            if (errno != Errno.EINTR)
                throw new LinuxException(errno, "accept4");
        }
    }

    private static void RemoveStale(string path, byte* name)
    {
        Statx status;
        if (SysStat.statx(Fcntl.AT_FDCWD, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_BASIC_STATS, &status) < 0)
            return;
        if ((status.Mode & SysStat.S_IFMT) != SysStat.S_IFSOCK)
            throw new LinuxException(Errno.EADDRINUSE, "bind", $"{path} exists and is not a socket");
        LinuxException.Check(Unistd.unlinkat(Fcntl.AT_FDCWD, name, 0), "unlink", path);
    }
}
