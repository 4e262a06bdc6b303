using System;
using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>Moves a file's modification time after its data were changed, so that no two contents have the same one.</summary>
internal static unsafe class ModificationMark
{
    // File systems whose times are exact as soon as somebody has looked (FS_MGTIME, from Linux 6.13 on); magic numbers of linux/magic.h.
    private const long Ext4 = 0xef53;
    private const long Xfs = 0x58465342;
    private const long Btrfs = 0x9123683e;
    private const long Tmpfs = 0x01021994;

    // On others a time is that of the last tick, a whole number of milliseconds at least: what is added stays below that.
    private const int Steps = 999_983;

    private static int s_step;

    /// <summary>Whether the kernel has exact times. Asked once, at the start.</summary>
    public static bool KernelHasFineTimes => Environment.OSVersion.Version is var version && (version.Major, version.Minor).CompareTo((6, 13)) >= 0;

    /// <summary>Moves it.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="fine">Whether the kernel has exact times.</param>
    public static void Move(int fd, bool fine)
    {
        byte empty = 0;
        var times = stackalloc Timespec[2];
        times[0] = new Timespec { Nanoseconds = SysStat.UTIME_OMIT };
        times[1] = new Timespec { Nanoseconds = SysStat.UTIME_NOW };
        Statfs system;
        if (!fine || SysStatfs.fstatfs(fd, &system) < 0 || (long)system.Type is not (Ext4 or Xfs or Btrfs or Tmpfs))
        {
            Statx statx;
            if (HostFile.Stat(fd, &statx) < 0)
                return;
            var nanoseconds = statx.ModifyTime.Nanoseconds + 1 + ((uint)Interlocked.Increment(ref s_step) % Steps);
            times[1] = new Timespec { Seconds = statx.ModifyTime.Seconds + (nanoseconds / 1_000_000_000), Nanoseconds = nanoseconds % 1_000_000_000 };
        }

        _ = SysStat.utimensat(fd, &empty, times, Fcntl.AT_EMPTY_PATH);
    }
}
