using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>struct epoll_event: packed on x86-64.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct EpollEvent
{
    /// <summary>EPOLL bits.</summary>
    public uint Events;
    /// <summary>What the caller wants to find again.</summary>
    public ulong Data;
}

/// <summary>sys/epoll.h: waiting for many descriptors at once.</summary>
public static unsafe partial class SysEpoll
{
    /// <summary>Close on execve.</summary>
    public const int EPOLL_CLOEXEC = 0x80000;

    /// <summary>Watch a descriptor.</summary>
    public const int EPOLL_CTL_ADD = 1;

    /// <summary>Stop watching it.</summary>
    public const int EPOLL_CTL_DEL = 2;

    /// <summary>Watch it for something else, or anew after EPOLLONESHOT.</summary>
    public const int EPOLL_CTL_MOD = 3;

    /// <summary>Data to read.</summary>
    public const uint EPOLLIN = 1;

    /// <summary>Room to write.</summary>
    public const uint EPOLLOUT = 4;

    /// <summary>An error; always reported.</summary>
    public const uint EPOLLERR = 8;

    /// <summary>The peer hung up; always reported.</summary>
    public const uint EPOLLHUP = 16;

    /// <summary>Report once, then be silent until EPOLL_CTL_MOD.</summary>
    public const uint EPOLLONESHOT = 1u << 30;

    /// <summary>Report changes, not states.</summary>
    public const uint EPOLLET = 1u << 31;

    /// <summary>epoll_create1(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_create1(int flags);

    /// <summary>epoll_ctl(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_ctl(int epfd, int operation, int fd, EpollEvent* @event);

    /// <summary>epoll_wait(2): a time-out of −1 ms waits for ever.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_wait(int epfd, EpollEvent* events, int count, int timeout);
}
