using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sched.h: namespaces of the calling thread.</summary>
public static unsafe partial class Sched
{
    /// <summary>File system information (root, cwd, umask).</summary>
    public const int CLONE_FS = 0x200;

    /// <summary>Mount namespace.</summary>
    public const int CLONE_NEWNS = 0x20000;

    /// <summary>Cgroup namespace.</summary>
    public const int CLONE_NEWCGROUP = 0x2000000;

    /// <summary>Host name.</summary>
    public const int CLONE_NEWUTS = 0x4000000;

    /// <summary>System V IPC.</summary>
    public const int CLONE_NEWIPC = 0x8000000;

    /// <summary>User namespace.</summary>
    public const int CLONE_NEWUSER = 0x10000000;

    /// <summary>Process ids, of children.</summary>
    public const int CLONE_NEWPID = 0x20000000;

    /// <summary>Network namespace.</summary>
    public const int CLONE_NEWNET = 0x40000000;

    /// <summary>unshare(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int unshare(int flags);

    /// <summary>setns(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int setns(int fd, int type);

    /// <summary>sched_setaffinity(2) of a thread, 0 for the calling one. The mask has a bit per processor.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sched_setaffinity(int tid, nuint maskSize, ulong* mask);

    /// <summary>sched_yield(2): lets another thread run that waits for this processor.</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int sched_yield();
}
