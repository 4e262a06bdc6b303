using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages.Watched;

/// <summary>Copies small trees with all that containers can tell them by: modes, owners, times, links.</summary>
internal static class FileCopy
{
    /// <summary>Copies a folder.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">The copy; may be there in part.</param>
    /// <exception cref="IOException">It cannot be read, or there is no room.</exception>
    public static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFileSystemEntries(from))
        {
            var target = Path.Combine(to, Path.GetFileName(path));
            if (new FileInfo(path).LinkTarget is { } link)
                File.CreateSymbolicLink(target, link);
            else if (Directory.Exists(path))
                CopyTree(path, target);
            else
                CopyFile(path, target);
        }

        CopyAttributes(from, to);
    }

    /// <summary>Renames a file, or a link, over what has the new name (rename(2)).</summary>
    /// <param name="from">What to rename.</param>
    /// <param name="to">Its new path.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static void Rename(string from, string to) =>
        LinuxException.Check(SysStdio.renameat(Fcntl.AT_FDCWD, from, Fcntl.AT_FDCWD, to), "rename", to);

    private static void CopyFile(string from, string to)
    {
        File.WriteAllBytes(to, File.ReadAllBytes(from));
        CopyAttributes(from, to);
    }

    private static unsafe void CopyAttributes(string from, string to)
    {
        using var source = OpenedPath.Open(from);
        using var fd = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, to, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open", to);
        // First the owner: a change of it takes set-id bits away.
        LinuxException.Check(Unistd.fchown(fd.Fd, source.Uid, source.Gid), "fchown", to);
        LinuxException.Check(SysStat.fchmod(fd.Fd, source.Mode), "fchmod", to);
        var times = stackalloc Timespec[2];
        times[0].Nanoseconds = SysStat.UTIME_OMIT;
        times[1] = source.ModifyTime;
        LinuxException.Check(SysStat.futimens(fd.Fd, times), "futimens", to);
    }
}
