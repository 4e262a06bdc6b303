using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/file.h: flock.</summary>
public static unsafe partial class SysFile
{
    /// <summary>Shared lock.</summary>
    public const int LOCK_SH = 1;

    /// <summary>Exclusive lock.</summary>
    public const int LOCK_EX = 2;

    /// <summary>Do not wait.</summary>
    public const int LOCK_NB = 4;

    /// <summary>Unlock.</summary>
    public const int LOCK_UN = 8;

    /// <summary>flock(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int flock(int fd, int operation);
}
