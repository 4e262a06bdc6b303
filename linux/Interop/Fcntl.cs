using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>fcntl.h: opening and controlling descriptors.</summary>
public static unsafe partial class Fcntl
{
    /// <summary>Open for reading only.</summary>
    public const int O_RDONLY = 0;

    /// <summary>Open for writing only.</summary>
    public const int O_WRONLY = 1;

    /// <summary>Open for reading and writing.</summary>
    public const int O_RDWR = 2;

    /// <summary>The bits that hold the access mode.</summary>
    public const int O_ACCMODE = 3;

    /// <summary>Create the file when it is not there.</summary>
    public const int O_CREAT = 0x40;

    /// <summary>With O_CREAT: fail when it is there.</summary>
    public const int O_EXCL = 0x80;

    /// <summary>Do not become the controlling terminal.</summary>
    public const int O_NOCTTY = 0x100;

    /// <summary>Cut the file to length 0.</summary>
    public const int O_TRUNC = 0x200;

    /// <summary>Every write goes to the end.</summary>
    public const int O_APPEND = 0x400;

    /// <summary>Do not wait.</summary>
    public const int O_NONBLOCK = 0x800;

    /// <summary>Data is on the disk when write returns.</summary>
    public const int O_DSYNC = 0x1000;

    /// <summary>Past the page cache.</summary>
    public const int O_DIRECT = 0x4000;

    /// <summary>Files over 2 GiB; always in force on x86-64.</summary>
    public const int O_LARGEFILE = 0x8000;

    /// <summary>Fail unless a directory.</summary>
    public const int O_DIRECTORY = 0x10000;

    /// <summary>Fail when the last component is a symbolic link.</summary>
    public const int O_NOFOLLOW = 0x20000;

    /// <summary>Do not update the access time.</summary>
    public const int O_NOATIME = 0x40000;

    /// <summary>Close on execve.</summary>
    public const int O_CLOEXEC = 0x80000;

    /// <summary>Data and metadata are on the disk when write returns.</summary>
    public const int O_SYNC = 0x101000;

    /// <summary>A reference to a place in the tree; no access to content.</summary>
    public const int O_PATH = 0x200000;

    /// <summary>An unnamed file.</summary>
    public const int O_TMPFILE = 0x410000;

    /// <summary>Relative to the working directory.</summary>
    public const int AT_FDCWD = -100;

    /// <summary>Do not follow a symbolic link.</summary>
    public const int AT_SYMLINK_NOFOLLOW = 0x100;

    /// <summary>unlinkat: remove a directory.</summary>
    public const int AT_REMOVEDIR = 0x200;

    /// <summary>linkat: follow a symbolic link.</summary>
    public const int AT_SYMLINK_FOLLOW = 0x400;

    /// <summary>Do not trigger an automount.</summary>
    public const int AT_NO_AUTOMOUNT = 0x800;

    /// <summary>An empty path means the descriptor itself.</summary>
    public const int AT_EMPTY_PATH = 0x1000;

    /// <summary>open_tree: the whole tree below.</summary>
    public const int AT_RECURSIVE = 0x8000;

    /// <summary>faccessat: check with effective ids.</summary>
    public const int AT_EACCESS = 0x200;

    /// <summary>Duplicate a descriptor, close-on-exec.</summary>
    public const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>Read descriptor flags.</summary>
    public const int F_GETFD = 1;

    /// <summary>Set descriptor flags.</summary>
    public const int F_SETFD = 2;

    /// <summary>Read file status flags.</summary>
    public const int F_GETFL = 3;

    /// <summary>Set file status flags.</summary>
    public const int F_SETFL = 4;

    /// <summary>The close-on-exec descriptor flag.</summary>
    public const int FD_CLOEXEC = 1;

    /// <summary>Set the size of a pipe.</summary>
    public const int F_SETPIPE_SZ = 1031;

    /// <summary>Add seals to a memfd.</summary>
    public const int F_ADD_SEALS = 1033;

    /// <summary>Seal: the file cannot be made shorter.</summary>
    public const int F_SEAL_SHRINK = 2;

    /// <summary>Seal: the file cannot be made longer.</summary>
    public const int F_SEAL_GROW = 4;

    /// <summary>Open file description lock: test.</summary>
    public const int F_OFD_GETLK = 36;

    /// <summary>Open file description lock: set.</summary>
    public const int F_OFD_SETLK = 37;

    /// <summary>Open file description lock: set, waiting.</summary>
    public const int F_OFD_SETLKW = 38;

    /// <summary>struct flock: a lock for reading.</summary>
    public const uint F_RDLCK = 0;

    /// <summary>struct flock: a lock for writing.</summary>
    public const uint F_WRLCK = 1;

    /// <summary>struct flock: no lock.</summary>
    public const uint F_UNLCK = 2;

    /// <summary>fallocate: leave the size as it is.</summary>
    public const int FALLOC_FL_KEEP_SIZE = 1;

    /// <summary>fallocate: make a hole.</summary>
    public const int FALLOC_FL_PUNCH_HOLE = 2;

    /// <summary>fallocate: remove a range and close the gap.</summary>
    public const int FALLOC_FL_COLLAPSE_RANGE = 8;

    /// <summary>fallocate: make a range read as zeroes.</summary>
    public const int FALLOC_FL_ZERO_RANGE = 16;

    /// <summary>fallocate: insert a gap.</summary>
    public const int FALLOC_FL_INSERT_RANGE = 32;

    /// <summary>fallocate: unshare shared extents.</summary>
    public const int FALLOC_FL_UNSHARE_RANGE = 64;

    /// <summary>openat(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int openat(int dirfd, string path, int flags, uint mode);

    /// <summary>openat(2) with a NUL-terminated name that is not a managed string.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int openat(int dirfd, byte* path, int flags, uint mode);

    /// <summary>fcntl(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fcntl(int fd, int cmd, nint arg);

    /// <summary>fallocate(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fallocate(int fd, int mode, long offset, long length);

    /// <summary>name_to_handle_at(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int name_to_handle_at(int dirfd, byte* path, void* handle, int* mountId, int flags);

    /// <summary>open_by_handle_at(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int open_by_handle_at(int mountFd, void* handle, int flags);

    /// <summary>openat2: the folder is the root, for links and for <c>..</c> too (linux/openat2.h).</summary>
    public const ulong RESOLVE_IN_ROOT = 0x10;

    /// <summary>openat2(2), for which the C library has no function; errno is where that of the others is.</summary>
    public static int openat2(int dirfd, string path, int flags, ulong resolve)
    {
        // struct open_how: flags, mode, resolve.
        var how = stackalloc ulong[3] { (ulong)flags, 0, resolve };
        var name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return (int)SysSyscall.syscall(SysSyscall.SYS_openat2, dirfd, name, (nint)how, 3 * sizeof(ulong), 0, 0);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}
