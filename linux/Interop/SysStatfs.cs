using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/statfs.h.</summary>
public static unsafe partial class SysStatfs
{
    /// <summary>fstatfs(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int fstatfs(int fd, Statfs* buffer);
}
