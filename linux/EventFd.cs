using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>An eventfd(2) counter: wakes a thread that blocks in <see cref="Wait"/> or poll(2).</summary>
public sealed unsafe class EventFd : System.IDisposable
{
    private readonly OwnedFd _fd;

    /// <summary>Makes a new counter at 0.</summary>
    public EventFd()
        : this(OwnedFd.FromCall(SysEventfd.eventfd(0, SysEventfd.EFD_CLOEXEC), "eventfd"))
    {
    }

    /// <summary>Takes ownership of an eventfd that came from elsewhere.</summary>
    /// <param name="fd">The descriptor.</param>
    public EventFd(OwnedFd fd) => _fd = fd;

    /// <summary>The number, for poll(2). Owned by this object.</summary>
    public int Fd => _fd.Fd;

    /// <summary>Adds one. Never blocks in practice: the counter holds 2^64 − 2.</summary>
    public void Signal()
    {
        ulong one = 1;
        while (Unistd.write(_fd.Fd, &one, sizeof(ulong)) < 0 && LinuxException.LastErrno == Errno.EINTR)
        {
        }
    }

    /// <summary>Takes the counter to 0, waiting until it is above, unless the descriptor does not block.</summary>
    /// <returns>The count, or 0 when it would have had to wait on a descriptor that does not block.</returns>
    public ulong Wait()
    {
        ulong value;
        while (Unistd.read(_fd.Fd, &value, sizeof(ulong)) < 0)
        {
            var errno = LinuxException.LastErrno;
            if (errno == Errno.EAGAIN)
                return 0;
            if (errno != Errno.EINTR)
                throw new LinuxException(errno, "read", "eventfd");
        }

        return value;
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
