using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>A pseudoterminal of the guest's own (pty(7)).</summary>
internal static unsafe class Terminal
{
    /// <summary>Makes one.</summary>
    /// <returns>Our side, which does not block, and the process's.</returns>
    /// <exception cref="LinuxException">There are as many as the kernel allows.</exception>
    public static (OwnedFd Master, OwnedFd Slave) Open()
    {
        const int flags = Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC;
        var master = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, "/dev/ptmx", flags | Fcntl.O_NONBLOCK, 0), "open", "/dev/ptmx");
        try
        {
            int locked = 0;
            LinuxException.Check(SysIoctl.ioctl(master.Fd, SysIoctl.TIOCSPTLCK, &locked), "ioctl", "TIOCSPTLCK");
            return (master, OwnedFd.FromCall(SysIoctl.ioctl(master.Fd, SysIoctl.TIOCGPTPEER, (void*)flags), "ioctl", "TIOCGPTPEER"));
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }
}
