using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/wait.h.</summary>
public static unsafe partial class SysWait
{
    /// <summary>Any child.</summary>
    public const int P_ALL = 0;

    /// <summary>By process id.</summary>
    public const int P_PID = 1;

    /// <summary>By pidfd.</summary>
    public const int P_PIDFD = 3;

    /// <summary>Return at once.</summary>
    public const int WNOHANG = 1;

    /// <summary>Children that ended.</summary>
    public const int WEXITED = 4;

    /// <summary>Leave it waitable.</summary>
    public const int WNOWAIT = 0x1000000;

    /// <summary>waitid(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int waitid(int idType, uint id, Siginfo* info, int options);
}
