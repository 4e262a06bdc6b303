using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Locks;

/// <summary>An open file of a process on the host, for its locks.</summary>
internal sealed unsafe class HostFile : IDisposable
{
    private readonly OwnedFd _fd;

    public HostFile(string path) => _fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", path);

    /// <summary>fcntl(2) on a range, without waiting. A lock of the open file description, which is one of the process to all others.</summary>
    public Errno Lock(uint type, long start = 0, long length = 0)
    {
        var range = new FileRangeLock { Type = (short)type, Start = start, Length = length };
        return Fcntl.fcntl(_fd.Fd, Fcntl.F_OFD_SETLK, (nint)(&range)) == 0 ? Errno.None : LinuxException.LastErrno;
    }

    /// <summary>flock(2), without waiting.</summary>
    public Errno Flock(int operation) =>
        SysFile.flock(_fd.Fd, operation | SysFile.LOCK_NB) == 0 ? Errno.None : LinuxException.LastErrno;

    public void Dispose() => _fd.Dispose();
}
