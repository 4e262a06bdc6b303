using System;
using System.Globalization;
using System.Linq;

namespace KataShimNet.Bench.Memory;

/// <summary>The guest's memory as a container sees it.</summary>
/// <param name="TotalKib">MemTotal: what the kernel has to give.</param>
/// <param name="AvailableKib">MemAvailable: what new programs could have.</param>
public sealed record GuestMemory(long TotalKib, long AvailableKib)
{
    public long UsedKib => TotalKib - AvailableKib;

    /// <summary>Reads /proc/meminfo (proc_meminfo(5)).</summary>
    public static GuestMemory Parse(string meminfo) => new(Field(meminfo, "MemTotal:"), Field(meminfo, "MemAvailable:"));

    private static long Field(string meminfo, string name)
    {
        string? line = meminfo.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words.Length == 3 && long.TryParse(words[1], CultureInfo.InvariantCulture, out long kib)
            ? kib
            : throw new BenchException($"the container's /proc/meminfo has no {name}\n{meminfo}");
    }
}
