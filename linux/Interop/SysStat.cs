using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/stat.h: attributes, directories, nodes.</summary>
public static unsafe partial class SysStat
{
    /// <summary>Mask of the file type in a mode.</summary>
    public const uint S_IFMT = 0xF000;

    /// <summary>Socket.</summary>
    public const uint S_IFSOCK = 0xC000;

    /// <summary>Symbolic link.</summary>
    public const uint S_IFLNK = 0xA000;

    /// <summary>Regular file.</summary>
    public const uint S_IFREG = 0x8000;

    /// <summary>Block device.</summary>
    public const uint S_IFBLK = 0x6000;

    /// <summary>Directory.</summary>
    public const uint S_IFDIR = 0x4000;

    /// <summary>Character device.</summary>
    public const uint S_IFCHR = 0x2000;

    /// <summary>Fifo.</summary>
    public const uint S_IFIFO = 0x1000;

    /// <summary>Set-user-id.</summary>
    public const uint S_ISUID = 0x800;

    /// <summary>Set-group-id.</summary>
    public const uint S_ISGID = 0x400;

    /// <summary>Sticky.</summary>
    public const uint S_ISVTX = 0x200;

    /// <summary>utimensat: now.</summary>
    public const long UTIME_NOW = 0x3fffffff;

    /// <summary>utimensat: leave it.</summary>
    public const long UTIME_OMIT = 0x3ffffffe;

    /// <summary>statx: the fields of stat.</summary>
    public const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>statx: birth time.</summary>
    public const uint STATX_BTIME = 0x800;

    /// <summary>statx: number of links.</summary>
    public const uint STATX_NLINK = 4;

    /// <summary>statx: size.</summary>
    public const uint STATX_SIZE = 0x200;

    /// <summary>statx: inode number.</summary>
    public const uint STATX_INO = 0x100;

    /// <summary>statx: change time.</summary>
    public const uint STATX_CTIME = 0x80;

    /// <summary>statx: mount id.</summary>
    public const uint STATX_MNT_ID = 0x1000;

    /// <summary>statx: ask whoever has the file.</summary>
    public const int AT_STATX_FORCE_SYNC = 0x2000;

    /// <summary>statx: what is known.</summary>
    public const int AT_STATX_DONT_SYNC = 0x4000;

    /// <summary>statx: as stat does.</summary>
    public const int AT_STATX_SYNC_AS_STAT = 0;

    /// <summary>mkdirat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mkdirat(int dirfd, byte* path, uint mode);

    /// <summary>mkdirat(2) with a managed path.</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mkdirat(int dirfd, string path, uint mode);

    /// <summary>mknodat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int mknodat(int dirfd, byte* path, uint mode, ulong dev);

    /// <summary>fchmod(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    /// <summary>fchmodat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchmodat(int dirfd, byte* path, uint mode, int flags);

    /// <summary>umask(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial uint umask(uint mask);

    /// <summary>utimensat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int utimensat(int dirfd, byte* path, Timespec* times, int flags);

    /// <summary>futimens(3).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int futimens(int fd, Timespec* times);

    /// <summary>statx(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int statx(int dirfd, byte* path, int flags, uint mask, Statx* buffer);

    /// <summary>mkfifo(3).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int mkfifo(string path, uint mode);
}
