using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>unistd.h: reading, writing, links, ids.</summary>
public static unsafe partial class Unistd
{
    /// <summary>Seek from the start.</summary>
    public const int SEEK_SET = 0;

    /// <summary>Seek from where we are.</summary>
    public const int SEEK_CUR = 1;

    /// <summary>Seek from the end.</summary>
    public const int SEEK_END = 2;

    /// <summary>Seek to data.</summary>
    public const int SEEK_DATA = 3;

    /// <summary>Seek to a hole.</summary>
    public const int SEEK_HOLE = 4;

    /// <summary>access: exists.</summary>
    public const int F_OK = 0;

    /// <summary>access: executable.</summary>
    public const int X_OK = 1;

    /// <summary>access: writable.</summary>
    public const int W_OK = 2;

    /// <summary>access: readable.</summary>
    public const int R_OK = 4;

    /// <summary>close(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int fd);

    /// <summary>read(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int fd, void* buffer, nuint count);

    /// <summary>write(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int fd, void* buffer, nuint count);

    /// <summary>pread(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pread(int fd, void* buffer, nuint count, long offset);

    /// <summary>pwrite(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwrite(int fd, void* buffer, nuint count, long offset);

    /// <summary>lseek(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial long lseek(int fd, long offset, int whence);

    /// <summary>fsync(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fsync(int fd);

    /// <summary>fdatasync(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fdatasync(int fd);

    /// <summary>syncfs(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int syncfs(int fd);

    /// <summary>sync(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial void sync();

    /// <summary>ftruncate(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    /// <summary>dup2(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int dup2(int oldfd, int newfd);

    /// <summary>dup3(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int dup3(int oldfd, int newfd, int flags);

    /// <summary>pipe2(2): fds[0] is read from, fds[1] written to.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int pipe2(int* fds, int flags);

    /// <summary>readlinkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readlinkat(int dirfd, byte* path, byte* buffer, nuint size);

    /// <summary>symlinkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int symlinkat(byte* target, int dirfd, byte* path);

    /// <summary>linkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int linkat(int olddirfd, byte* oldpath, int newdirfd, byte* newpath, int flags);

    /// <summary>unlinkat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int unlinkat(int dirfd, byte* path, int flags);

    /// <summary>faccessat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int faccessat(int dirfd, byte* path, int mode, int flags);

    /// <summary>fchownat(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchownat(int dirfd, byte* path, uint owner, uint group, int flags);

    /// <summary>fchown(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchown(int fd, uint owner, uint group);

    /// <summary>copy_file_range(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint copy_file_range(int fdIn, long* offIn, int fdOut, long* offOut, nuint length, uint flags);

    /// <summary>fchdir(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fchdir(int fd);

    /// <summary>chdir(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int chdir(string path);

    /// <summary>chroot(2).</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int chroot(string path);

    /// <summary>sethostname(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sethostname(byte* name, nuint length);

    /// <summary>setsid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setsid();

    /// <summary>getpid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getpid();

    /// <summary>getppid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getppid();

    /// <summary>gettid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int gettid();

    /// <summary>geteuid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial uint geteuid();

    /// <summary>execve(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int execve(byte* path, byte** argv, byte** envp);

    /// <summary>execv(3): keeps the environment.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int execv(byte* path, byte** argv);
}
