using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>The lock (flock(2) on the state folder) under which is decided who serves a sandbox, and under which stale sockets go.</summary>
internal sealed class StartLock : IDisposable
{
    // Users of sockets below it need to pass through, and nothing more.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly OwnedFd _folder;

    private StartLock(OwnedFd folder) => _folder = folder;

    /// <summary>Makes the folder if need be, and waits for its lock.</summary>
    /// <param name="folder">Setting <c>runtime.state_dir</c>.</param>
    /// <exception cref="IOException">The folder cannot be made or locked.</exception>
    public static StartLock Take(string folder)
    {
        if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, Mode);
        var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, folder, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", folder);
        while (SysFile.flock(fd.Fd, SysFile.LOCK_EX) < 0)
        {
            var errno = LinuxException.LastErrno;
            if (errno == Errno.EINTR)
                continue;
            fd.Dispose();
            throw new LinuxException(errno, "flock", folder);
        }

        return new StartLock(fd);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
