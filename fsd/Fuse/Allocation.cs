using System;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>fallocate(2) of files that guests may map.</summary>
/// <remarks>
/// Pages that a hole is punched into are gone for all who map them: they have one page cache. But a store into the hole would need room on
/// the disk, for want of which the kernel ends whoever has the page mapped, the whole virtual machine. So while a file is mapped its holes
/// keep their blocks: they read as zeros, and give no room back.
/// </remarks>
internal static unsafe class Allocation
{
    private const long PageSize = 4096;

    /// <summary>Does it, on a thread that may wait.</summary>
    /// <param name="cuts">The way to other daemons, or null.</param>
    /// <param name="fd">The file.</param>
    /// <param name="mode">FALLOC_FL_ bits.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>0, or −1 with errno.</returns>
    public static int Run(WorkerCuts? cuts, int fd, int mode, long offset, long length)
    {
        if (cuts is not null && (mode & Fcntl.FALLOC_FL_PUNCH_HOLE) != 0)
            return Punch(cuts, fd, mode, offset, length);
        return cuts is not null && (mode & Fcntl.FALLOC_FL_COLLAPSE_RANGE) != 0
            ? Collapse(cuts, fd, mode, offset, length)
            : Fcntl.fallocate(fd, mode, offset, length);
    }

    private static int Punch(WorkerCuts cuts, int fd, int mode, long offset, long length)
    {
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0)
            return -1;
        if (!cuts.IsMapped(FileIdentity.Of(statx)))
            return Fcntl.fallocate(fd, mode, offset, length);
        // What lies past the last page is nobody's.
        var end = Math.Min(offset + length, ((long)statx.Size + PageSize - 1) & ~(PageSize - 1));
        if (end <= offset)
            return Fcntl.fallocate(fd, mode, offset, length);
        if (Fcntl.fallocate(fd, Fcntl.FALLOC_FL_ZERO_RANGE | Fcntl.FALLOC_FL_KEEP_SIZE, offset, end - offset) == 0)
            return 0;
        // tmpfs knows no such call. There it can run out of memory in between.
        if (LinuxException.LastErrno != Errno.EOPNOTSUPP || Fcntl.fallocate(fd, mode, offset, length) < 0)
            return -1;
        _ = Fcntl.fallocate(fd, Fcntl.FALLOC_FL_KEEP_SIZE, offset, end - offset);
        return 0;
    }

    private static int Collapse(WorkerCuts cuts, int fd, int mode, long offset, long length)
    {
        Statx statx;
        if (HostFile.Stat(fd, &statx) < 0)
            return -1;
        var change = SizeChange.Begin(cuts, fd, Math.Max(0, (long)statx.Size - length), mayWait: true, out var error);
        if (error == Errno.None)
            error = change.End(Fcntl.fallocate(fd, mode, offset, length) < 0 ? LinuxException.LastErrno : Errno.None);
        Marshal.SetLastPInvokeError((int)error);
        return error == Errno.None ? 0 : -1;
    }
}
