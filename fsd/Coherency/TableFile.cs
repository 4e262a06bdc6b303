using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>The table's file.</summary>
internal static class TableFile
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
            Fcntl.openat(folder.Fd, NodeTableForm.FileName, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0x180),
            "open",
            $"{directory}/{NodeTableForm.FileName}");
    }
}
