using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/resource.h: limits.</summary>
public static unsafe partial class SysResource
{
    /// <summary>Number of descriptors.</summary>
    public const int RLIMIT_NOFILE = 7;

    /// <summary>Size of core dumps.</summary>
    public const int RLIMIT_CORE = 4;

    /// <summary>getrlimit(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int getrlimit(int resource, Rlimit* limit);

    /// <summary>setrlimit(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setrlimit(int resource, Rlimit* limit);

    /// <summary>prlimit(2): of another process; either pointer may be null.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int prlimit(int pid, int resource, Rlimit* newLimit, Rlimit* oldLimit);
}
