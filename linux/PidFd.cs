using System;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A process, held so that its number cannot come to mean another (pidfd_open(2)).</summary>
public sealed unsafe class PidFd : IDisposable
{
    private readonly OwnedFd _fd;

    /// <summary>Takes ownership of a pidfd.</summary>
    /// <param name="fd">The pidfd.</param>
    public PidFd(OwnedFd fd) => _fd = fd;

    /// <summary>Takes hold of a process.</summary>
    /// <param name="pid">Its number.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="LinuxException">It cannot be held for another reason.</exception>
    public static PidFd? TryOpen(int pid)
    {
        var fd = (int)SysSyscall.syscall(SysSyscall.SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
        if (fd >= 0)
            return new PidFd(new OwnedFd(fd));
        var errno = LinuxException.LastErrno;
        return errno == Errno.ESRCH ? null : throw new LinuxException(errno, "pidfd_open");
    }

    /// <summary>The descriptor, for poll(2) and waitid(2); owned by this.</summary>
    public int Fd => _fd.Fd;

    /// <summary>Sends a signal (pidfd_send_signal(2)).</summary>
    /// <param name="signal">Number of the signal.</param>
    /// <returns>False when the process has ended.</returns>
    public bool Kill(int signal) => SysSyscall.syscall(SysSyscall.SYS_pidfd_send_signal, _fd.Fd, signal, 0, 0, 0, 0) == 0;

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => WaitForExit(TimeSpan.Zero);

    /// <summary>Duplicates a descriptor of the process (pidfd_getfd(2)); that needs the right to trace it.</summary>
    /// <param name="number">Its number there.</param>
    /// <returns>The duplicate, close-on-exec; null when there is none by that number.</returns>
    /// <exception cref="LinuxException">EPERM, ESRCH, EMFILE.</exception>
    public OwnedFd? TryGetFd(int number)
    {
        var fd = (int)SysSyscall.syscall(SysSyscall.SYS_pidfd_getfd, _fd.Fd, number, 0, 0, 0, 0);
        if (fd >= 0)
            return new OwnedFd(fd);
        var errno = LinuxException.LastErrno;
        return errno == Errno.EBADF ? null : throw new LinuxException(errno, "pidfd_getfd");
    }

    /// <summary>Blocks until the process, a child of ours, has ended, and reaps it (waitid(2)).</summary>
    /// <returns>How it ended; status 255 when somebody else reaped it.</returns>
    public ChildExit Reap()
    {
        Siginfo info;
        int result;
        while ((result = SysWait.waitid(SysWait.P_PIDFD, (uint)_fd.Fd, &info, SysWait.WEXITED)) < 0
               && LinuxException.LastErrno == Errno.EINTR)
        {
        }

        return result < 0 ? new ChildExit(255, Signalled: false) : new ChildExit(info.Status, Signalled: info.Code != 1);
    }

    /// <summary>Blocks until the process has ended (poll(2)).</summary>
    /// <param name="timeout">How long at most.</param>
    /// <returns>Whether it has.</returns>
    public bool WaitForExit(TimeSpan timeout)
    {
        var end = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            var poll = new PollFd { Fd = _fd.Fd, Events = Poll.POLLIN };
            var result = Poll.poll(&poll, 1, (int)Math.Max(0, end - Environment.TickCount64));
            if (result >= 0)
                return result > 0;
            var errno = LinuxException.LastErrno;
            if (errno != Errno.EINTR)
                throw new LinuxException(errno, "poll");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
