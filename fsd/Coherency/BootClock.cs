using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>The clock of the table: CLOCK_BOOTTIME, the same for all processes of a node, and it counts sleep too, as a guest's clock may.</summary>
internal static unsafe class BootClock
{
    /// <summary>Nanoseconds of a second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Nanoseconds of a millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds since the machine started.</summary>
    public static long Now
    {
        get
        {
            Timespec now;
            _ = SysTime.clock_gettime(SysTime.CLOCK_BOOTTIME, &now);
            return ((long)now.Seconds * Second) + (long)now.Nanoseconds;
        }
    }
}
