using System;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Commands;

/// <summary>A sandbox's state folder, made and locked for as long as <c>start</c> decides who serves the sandbox.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly OwnedFd _lock;

    private StateFolder(string path, OwnedFd locked)
    {
        Path = path;
        _lock = locked;
    }

    /// <summary>The folder, <c>state_dir/namespace/sandbox</c>, mode 0700.</summary>
    public string Path { get; }

    /// <summary>Makes the folder, and those above it with mode 0711, and waits for its lock (flock(2)).</summary>
    /// <param name="path">The sandbox's folder.</param>
    /// <param name="above">How many folders above it are ours: the namespace's and the state folder itself.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static StateFolder Enter(string path, int above = 2)
    {
        MakeParents(System.IO.Path.GetDirectoryName(path)!, above);
        while (true)
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var result = Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
            if (result < 0 && LinuxException.LastErrno == Errno.ENOENT)
                continue;
            var fd = OwnedFd.FromCall(result, "open", path);
            while (SysFile.flock(fd.Fd, SysFile.LOCK_EX) < 0)
            {
                var errno = LinuxException.LastErrno;
                if (errno == Errno.EINTR)
                    continue;
                fd.Dispose();
                throw new LinuxException(errno, "flock", path);
            }

            // Whoever held the lock before may have removed the folder; the lock is then on something that has no name.
            if (IsStill(path, fd))
                return new StateFolder(path, fd);
            fd.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void MakeParents(string path, int count)
    {
        if (count == 0 || Directory.Exists(path))
            return;
        MakeParents(System.IO.Path.GetDirectoryName(path)!, count - 1);
        Directory.CreateDirectory(
            path,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    private static unsafe bool IsStill(string path, OwnedFd fd)
    {
        Statx byName, byFd;
        var name = System.Text.Encoding.UTF8.GetBytes(path + "\0");
        byte empty = 0;
        fixed (byte* bytes = name)
        {
            return SysStat.statx(Fcntl.AT_FDCWD, bytes, 0, SysStat.STATX_BASIC_STATS, &byName) == 0
                && SysStat.statx(fd.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &byFd) == 0
                && byName.Inode == byFd.Inode && byName.DevMajor == byFd.DevMajor && byName.DevMinor == byFd.DevMinor;
        }
    }
}
