using System;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A process, held so that its number cannot come to mean another (pidfd_open(2)).</summary>
public sealed unsafe class PidFd : IDisposable
{
    private readonly OwnedFd _fd;

    private PidFd(OwnedFd fd) => _fd = fd;

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
