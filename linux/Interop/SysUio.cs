using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/uio.h: scatter and gather.</summary>
public static unsafe partial class SysUio
{
    /// <summary>Most vectors in a call.</summary>
    public const int IOV_MAX = 1024;

    /// <summary>readv(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint readv(int fd, IoVec* vectors, int count);

    /// <summary>writev(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint writev(int fd, IoVec* vectors, int count);

    /// <summary>preadv(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint preadv(int fd, IoVec* vectors, int count, long offset);

    /// <summary>pwritev(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial nint pwritev(int fd, IoVec* vectors, int count, long offset);
}
