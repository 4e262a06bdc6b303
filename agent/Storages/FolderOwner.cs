using System.Globalization;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages;

/// <summary>Mode and group of a folder that is handed to containers.</summary>
internal static class FolderOwner
{
    // rwx of the group.
    private const uint GroupAll = 0x38;

    /// <summary>Gives the folder to a group, and what is made in it later too (set-group-id).</summary>
    /// <param name="point">The folder.</param>
    /// <param name="group">Number of the group; null leaves all as it is.</param>
    public static void SetGroup(string point, string? group)
    {
        if (group is null)
            return;
        var id = uint.Parse(group, CultureInfo.InvariantCulture);
        using var fd = Open(point);
        LinuxException.Check(Unistd.fchown(fd.Fd, uint.MaxValue, id), "fchown", point);
        LinuxException.Check(SysStat.fchmod(fd.Fd, (uint)new DirectoryInfo(point).UnixFileMode | SysStat.S_ISGID | GroupAll), "fchmod", point);
    }

    /// <summary>Sets the mode of the folder.</summary>
    /// <param name="point">The folder.</param>
    /// <param name="mode">Permission bits, with set-id and sticky.</param>
    public static void SetMode(string point, uint mode)
    {
        using var fd = Open(point);
        LinuxException.Check(SysStat.fchmod(fd.Fd, mode), "fchmod", point);
    }

    private static OwnedFd Open(string point) =>
        OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, point, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", point);
}
