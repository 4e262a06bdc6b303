using System.Collections.Generic;
using System.Globalization;
using System.IO;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Bench.Files.Measuring;

/// <summary>Which processors threads may run on, and how long processes ran.</summary>
internal static unsafe class Processors
{
    /// <summary>Every processor.</summary>
    public const ulong All = ulong.MaxValue;

    /// <summary>Restricts the calling thread.</summary>
    /// <param name="mask">A bit per processor.</param>
    public static void PinThread(ulong mask) => LinuxException.Check(Sched.sched_setaffinity(0, sizeof(ulong), &mask), "sched_setaffinity");

    /// <summary>Restricts all threads of processes. Threads that they start later inherit it.</summary>
    public static void Pin(IEnumerable<int> processes, ulong mask)
    {
        foreach (int process in processes)
        {
            foreach (string task in Directory.EnumerateDirectories($"/proc/{process}/task"))
            {
                // A thread may have ended since.
                int result = Sched.sched_setaffinity(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), sizeof(ulong), &mask);
                if (result < 0 && LinuxException.LastErrno != Errno.ESRCH)
                    LinuxException.ThrowLast("sched_setaffinity", task);
            }
        }
    }

    /// <summary>Processor time of processes, threads that ended included, in nanoseconds.</summary>
    public static long Used(IEnumerable<int> processes)
    {
        // The clock of another process: CPUCLOCK_SCHED with its number (clock_getcpuclockid(3)).
        const int scheduler = 2;
        long total = 0;
        foreach (int process in processes)
        {
            Timespec time;
            LinuxException.Check(SysTime.clock_gettime((~process << 3) | scheduler, &time), "clock_gettime", $"of process {process}");
            total += time.Seconds * 1_000_000_000 + time.Nanoseconds;
        }
        return total;
    }
}
