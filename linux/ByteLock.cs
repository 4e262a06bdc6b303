using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>
/// The exclusive lock of one byte of a file (fcntl(2), F_OFD_SETLK): held by an open file description, so it goes when the last process that has
/// that one open or mapped is gone, however that came. The byte need not be there.
/// </summary>
/// <param name="file">The open file description, open for writing.</param>
/// <param name="offset">The byte.</param>
public readonly unsafe struct ByteLock(OwnedFd file, long offset)
{
    /// <summary>Whether another description has it. True also when the kernel does not say.</summary>
    public bool IsTaken
    {
        get
        {
            var range = Range(Fcntl.F_WRLCK);
            return Fcntl.fcntl(file.Fd, Fcntl.F_OFD_GETLK, (nint)(&range)) < 0 || range.Type != (short)Fcntl.F_UNLCK;
        }
    }

    /// <summary>Takes it, unless another has it.</summary>
    /// <returns>Whether it was taken, or was this description's already.</returns>
    /// <exception cref="LinuxException">What the kernel says, such as ENOLCK.</exception>
    public bool TryTake() => Set(Fcntl.F_OFD_SETLK, Fcntl.F_WRLCK) switch
    {
        Errno.None => true,
        // POSIX lets a system say either of two.
        Errno.EAGAIN or Errno.EACCES => false,
        var error => throw new LinuxException(error, "fcntl", "F_OFD_SETLK"),
    };

    /// <summary>Takes it; blocks the thread for as long as another has it.</summary>
    /// <exception cref="LinuxException">What the kernel says, such as ENOLCK.</exception>
    public void Take()
    {
        Errno error;
        while ((error = Set(Fcntl.F_OFD_SETLKW, Fcntl.F_WRLCK)) == Errno.EINTR)
        {
        }

        if (error != Errno.None)
            throw new LinuxException(error, "fcntl", "F_OFD_SETLKW");
    }

    /// <summary>Lets it go.</summary>
    public void Release() => Set(Fcntl.F_OFD_SETLK, Fcntl.F_UNLCK);

    private Errno Set(int command, uint type)
    {
        var range = Range(type);
        return Fcntl.fcntl(file.Fd, command, (nint)(&range)) < 0 ? LinuxException.LastErrno : Errno.None;
    }

    private FileRangeLock Range(uint type) => new() { Type = (short)type, Start = offset, Length = 1 };
}
