using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>
/// The calls on the table's file: opening it, and the locks of open file descriptions by which its users show that they live. A mapping
/// keeps the description, and so the lock, until the last process that has it is gone.
/// </summary>
internal static unsafe class TableFile
{
    /// <summary>Opens the file of a directory's table, or makes it, empty.</summary>
    /// <param name="directory">Path of the coherency directory; made, for root alone, when it is not there.</param>
    /// <exception cref="LinuxException">What the kernel says.</exception>
    public static OwnedFd Open(string directory)
    {
        if (SysStat.mkdirat(Fcntl.AT_FDCWD, directory, 0x1c0) < 0 && LinuxException.LastErrno is var error and not Errno.EEXIST)
            throw new LinuxException(error, "mkdir", directory);
        using var folder = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", directory);
        return OwnedFd.FromCall(
            Fcntl.openat(folder.Fd, TableLayout.FileName, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0x180),
            "open",
            $"{directory}/{TableLayout.FileName}");
    }

    /// <summary>Takes or gives up the lock of one byte.</summary>
    /// <param name="file">The open file description.</param>
    /// <param name="offset">The byte.</param>
    /// <param name="type">F_WRLCK or F_UNLCK.</param>
    /// <param name="wait">Whether to wait for another that has it.</param>
    /// <returns>Whether it was done.</returns>
    public static bool TryLock(OwnedFd file, long offset, uint type, bool wait)
    {
        var range = new FileRangeLock { Type = (short)type, Start = offset, Length = 1 };
        while (Fcntl.fcntl(file.Fd, wait ? Fcntl.F_OFD_SETLKW : Fcntl.F_OFD_SETLK, (nint)(&range)) < 0)
        {
            if (LinuxException.LastErrno != Errno.EINTR)
                return false;
        }

        return true;
    }

    /// <summary>Whether another open file description has the lock of a byte.</summary>
    /// <param name="file">The description whose own locks are passed over.</param>
    /// <param name="offset">The byte.</param>
    /// <returns>True also when the kernel does not say.</returns>
    public static bool IsLocked(OwnedFd file, long offset)
    {
        var range = new FileRangeLock { Type = (short)Fcntl.F_WRLCK, Start = offset, Length = 1 };
        return Fcntl.fcntl(file.Fd, Fcntl.F_OFD_GETLK, (nint)(&range)) < 0 || range.Type != (short)Fcntl.F_UNLCK;
    }
}
