using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/prctl.h.</summary>
public static unsafe partial class SysPrctl
{
    /// <summary>Signal when the parent thread dies.</summary>
    public const int PR_SET_PDEATHSIG = 1;

    /// <summary>Name of the thread.</summary>
    public const int PR_SET_NAME = 15;

    /// <summary>Drop from the capability bounding set.</summary>
    public const int PR_CAPBSET_DROP = 24;

    /// <summary>Orphans become children of this process.</summary>
    public const int PR_SET_CHILD_SUBREAPER = 36;

    /// <summary>No privileges by execve.</summary>
    public const int PR_SET_NO_NEW_PRIVS = 38;

    /// <summary>Clear the ambient capabilities, or change one.</summary>
    public const int PR_CAP_AMBIENT = 47;

    /// <summary>PR_CAP_AMBIENT: clear all.</summary>
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    /// <summary>Whether the process dumps core and may be traced.</summary>
    public const int PR_SET_DUMPABLE = 4;

    /// <summary>prctl(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
