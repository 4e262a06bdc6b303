using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>A file descriptor with one owner: closed when the owner is disposed of, or by the finalizer.</summary>
public sealed class OwnedFd : SafeHandle
{
    /// <summary>Takes ownership of <paramref name="fd"/>.</summary>
    /// <param name="fd">An open descriptor; −1 makes an invalid handle.</param>
    public OwnedFd(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for calls. The caller keeps this object alive for as long as it uses the number.</summary>
    public int Fd => (int)handle;

    /// <summary>Takes ownership of what a system call returned, or throws for its errno.</summary>
    /// <param name="result">A descriptor, or −1.</param>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to, or null.</param>
    public static OwnedFd FromCall(int result, string call, string? subject = null) =>
        new(LinuxException.Check(result, call, subject));

    /// <summary>A second descriptor of the same open file, close-on-exec (fcntl(2), F_DUPFD_CLOEXEC).</summary>
    public OwnedFd Duplicate() => FromCall(Fcntl.fcntl(Fd, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl", "F_DUPFD_CLOEXEC");

    /// <summary>Gives the descriptor up: the caller now has to close it.</summary>
    public int Release()
    {
        var fd = (int)handle;
        SetHandleAsInvalid();
        return fd;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Unistd.close((int)handle) == 0;
}
