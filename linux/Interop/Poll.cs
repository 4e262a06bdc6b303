using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>poll.h.</summary>
public static unsafe partial class Poll
{
    /// <summary>Data to read.</summary>
    public const short POLLIN = 1;

    /// <summary>An exceptional condition: of a file of a cgroup, that it has changed since it was read.</summary>
    public const short POLLPRI = 2;

    /// <summary>Room to write.</summary>
    public const short POLLOUT = 4;

    /// <summary>An error.</summary>
    public const short POLLERR = 8;

    /// <summary>The peer hung up.</summary>
    public const short POLLHUP = 16;

    /// <summary>The descriptor is not open.</summary>
    public const short POLLNVAL = 32;

    /// <summary>poll(2): a time-out of −1 ms waits for ever.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int poll(PollFd* fds, nuint count, int timeout);
}
