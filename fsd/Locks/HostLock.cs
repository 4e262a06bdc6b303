using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Locks;

/// <summary>The calls that lock on the host: fcntl(2) with locks of open file descriptions, and flock(2).</summary>
internal static unsafe class HostLock
{
    /// <summary>The last byte of a lock that goes up to the end of the file, wherever that comes to be (OFFSET_MAX of the kernel).</summary>
    public const ulong LastByte = long.MaxValue;

    /// <summary>Sets or takes away a lock.</summary>
    /// <param name="fd">The open file description whose lock it is.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Last byte.</param>
    /// <param name="type">F_RDLCK, F_WRLCK or F_UNLCK.</param>
    /// <param name="wait">Whether to wait for others.</param>
    /// <returns>None; EAGAIN when another has it; EINTR when a signal ended the wait; or another error.</returns>
    public static Errno Set(int fd, ulong start, ulong end, uint type, bool wait)
    {
        var host = ToHost(start, end, type);
        var result = Fcntl.fcntl(fd, wait ? Fcntl.F_OFD_SETLKW : Fcntl.F_OFD_SETLK, (nint)(&host));
        return result < 0 ? Refusal(LinuxException.LastErrno) : Errno.None;
    }

    /// <summary>Finds a lock that is in the way of another.</summary>
    /// <param name="fd">The open file description whose own locks are passed over.</param>
    /// <param name="query">The lock that is wanted; afterwards the one in the way, or F_UNLCK. Its pid is left to the caller.</param>
    /// <param name="pid">Who holds it: −1 for an open file description, 0 when it is not to be seen from here.</param>
    public static Errno Query(int fd, ref FileLock query, out int pid)
    {
        var host = ToHost(query.Start, query.End, query.Type);
        pid = 0;
        if (Fcntl.fcntl(fd, Fcntl.F_OFD_GETLK, (nint)(&host)) < 0)
            return LinuxException.LastErrno;
        query.Type = (uint)host.Type;
        if (host.Type == Fcntl.F_UNLCK)
            return Errno.None;
        query.Start = (ulong)host.Start;
        query.End = host.Length == 0 ? LastByte : (ulong)(host.Start + host.Length - 1);
        pid = host.Pid;
        return Errno.None;
    }

    /// <summary>Sets or takes away the lock of flock(2).</summary>
    /// <param name="fd">The open file description whose lock it is.</param>
    /// <param name="type">F_RDLCK, F_WRLCK or F_UNLCK.</param>
    /// <param name="wait">Whether to wait for others.</param>
    /// <returns>As <see cref="Set"/>. A lock that was there is gone when another kind of it was asked for in vain.</returns>
    public static Errno SetFlock(int fd, uint type, bool wait)
    {
        var operation = type switch
        {
            Fcntl.F_RDLCK => SysFile.LOCK_SH,
            Fcntl.F_WRLCK => SysFile.LOCK_EX,
            _ => SysFile.LOCK_UN,
        };
        return SysFile.flock(fd, wait ? operation : operation | SysFile.LOCK_NB) < 0 ? Refusal(LinuxException.LastErrno) : Errno.None;
    }

    // POSIX lets a system say either of two.
    private static Errno Refusal(Errno error) => error == Errno.EACCES ? Errno.EAGAIN : error;

    private static FileRangeLock ToHost(ulong start, ulong end, uint type) => new()
    {
        Type = (short)type,
        Start = (long)start,
        Length = end == LastByte ? 0 : (long)(end - start + 1),
    };
}
