using System.Runtime.InteropServices;

namespace KataShimNet.Linux.Interop;

/// <summary>sys/time.h, time.h: setting and reading clocks.</summary>
public static unsafe partial class SysTime
{
    /// <summary>Wall clock.</summary>
    public const int CLOCK_REALTIME = 0;

    /// <summary>Clock that never jumps.</summary>
    public const int CLOCK_MONOTONIC = 1;

    /// <summary>Time since the machine started, sleep included.</summary>
    public const int CLOCK_BOOTTIME = 7;

    /// <summary>Wall clock as of the last tick: what times of files are taken from.</summary>
    public const int CLOCK_REALTIME_COARSE = 5;

    /// <summary>clock_gettime(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int clock_gettime(int clock, Timespec* time);

    /// <summary>clock_settime(2).</summary>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int clock_settime(int clock, Timespec* time);
}
