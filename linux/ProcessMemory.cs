using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.Linux;

/// <summary>A process's share of memory (proc_pid_smaps(5)).</summary>
public static class ProcessMemory
{
    /// <summary>What it has in memory in KiB, with pages of several processes divided among them. The kernel goes through all of its pages for that.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>0 for one that has no memory of its own, such as one that has ended.</returns>
    /// <exception cref="IOException">There is no such process.</exception>
    /// <exception cref="UnauthorizedAccessException">It belongs to somebody else.</exception>
    public static long ProportionalKib(int pid)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps_rollup"))
            .FirstOrDefault(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
