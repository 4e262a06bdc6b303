using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/socket.h: sockets and descriptors in messages.</summary>
public static unsafe partial class SysSocket
{
    /// <summary>Unix family.</summary>
    public const int AF_UNIX = 1;

    /// <summary>Netlink family.</summary>
    public const int AF_NETLINK = 16;

    /// <summary>VM socket family.</summary>
    public const int AF_VSOCK = 40;

    /// <summary>Byte stream.</summary>
    public const int SOCK_STREAM = 1;

    /// <summary>Datagrams.</summary>
    public const int SOCK_DGRAM = 2;

    /// <summary>Raw.</summary>
    public const int SOCK_RAW = 3;

    /// <summary>Sequenced packets.</summary>
    public const int SOCK_SEQPACKET = 5;

    /// <summary>Close-on-exec.</summary>
    public const int SOCK_CLOEXEC = 0x80000;

    /// <summary>Non-blocking.</summary>
    public const int SOCK_NONBLOCK = 0x800;

    /// <summary>Level of socket options.</summary>
    public const int SOL_SOCKET = 1;

    /// <summary>Descriptors in a message.</summary>
    public const int SCM_RIGHTS = 1;

    /// <summary>Credentials of the peer.</summary>
    public const int SO_PEERCRED = 17;

    /// <summary>Socket option: its type.</summary>
    public const int SO_TYPE = 3;

    /// <summary>Whether the socket listens.</summary>
    public const int SO_ACCEPTCONN = 30;

    /// <summary>recvmsg: received descriptors are close-on-exec.</summary>
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>No SIGPIPE.</summary>
    public const int MSG_NOSIGNAL = 0x4000;

    /// <summary>Do not wait.</summary>
    public const int MSG_DONTWAIT = 0x40;

    /// <summary>The message was cut.</summary>
    public const int MSG_TRUNC = 0x20;

    /// <summary>Control data was cut.</summary>
    public const int MSG_CTRUNC = 8;

    /// <summary>Wait for all the bytes.</summary>
    public const int MSG_WAITALL = 0x100;

    /// <summary>Level of the options of IPv4 (ip(7)).</summary>
    public const int SOL_IP = 0;

    /// <summary>IPv4 option: the socket takes and makes connections of addresses that are not its own.</summary>
    public const int IP_TRANSPARENT = 19;

    /// <summary>Level of the options of IPv6 (ipv6(7)).</summary>
    public const int SOL_IPV6 = 41;

    /// <summary>IPv6 option: the socket takes and makes connections of addresses that are not its own.</summary>
    public const int IPV6_TRANSPARENT = 75;

    /// <summary>Both directions.</summary>
    public const int SHUT_RDWR = 2;

    /// <summary>socket(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    /// <summary>socketpair(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int socketpair(int domain, int type, int protocol, int* fds);

    /// <summary>sendmsg(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint sendmsg(int fd, Msghdr* message, int flags);

    /// <summary>recvmsg(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint recvmsg(int fd, Msghdr* message, int flags);

    /// <summary>shutdown(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int shutdown(int fd, int how);

    /// <summary>bind(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int bind(int fd, void* address, uint length);

    /// <summary>listen(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int listen(int fd, int backlog);

    /// <summary>accept4(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int accept4(int fd, void* address, uint* length, int flags);

    /// <summary>connect(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int connect(int fd, void* address, uint length);

    /// <summary>getsockname(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockname(int fd, void* address, uint* length);

    /// <summary>getsockopt(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getsockopt(int fd, int level, int name, void* value, uint* length);

    /// <summary>setsockopt(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsockopt(int fd, int level, int name, void* value, uint length);
}
