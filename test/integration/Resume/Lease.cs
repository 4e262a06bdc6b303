using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.IntegrationTests.Resume;

/// <summary>A lease for writing on a file: who else opens it to write hangs until the lease is given up (fcntl(2), F_SETLEASE).</summary>
public sealed class Lease : System.IDisposable
{
    // fcntl.h, signal.h.
    private const int F_SETSIG = 10;
    private const int F_SETLEASE = 1024;
    private const int F_GETLEASE = 1025;
    private const int SIGURG = 23;

    private readonly OwnedFd _file;

    public Lease(string path)
    {
        _file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open", path);
        // The holder is told by a signal; this one does nothing to a process.
        LinuxException.Check(Fcntl.fcntl(_file.Fd, F_SETSIG, SIGURG), "fcntl", "F_SETSIG");
        LinuxException.Check(Fcntl.fcntl(_file.Fd, F_SETLEASE, (nint)Fcntl.F_WRLCK), "fcntl", "F_SETLEASE");
    }

    /// <summary>Whether somebody hangs: then the kernel names what the lease is to become.</summary>
    public bool IsAskedFor => Fcntl.fcntl(_file.Fd, F_GETLEASE, 0) != Fcntl.F_WRLCK;

    /// <summary>Gives it up: whoever hangs goes on.</summary>
    public void Dispose() => _file.Dispose();
}
