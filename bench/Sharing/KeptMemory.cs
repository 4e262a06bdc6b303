using System;
using System.Globalization;
using System.Linq;

namespace KataShimNet.Bench.Sharing;

/// <summary>What a guest's memory holds of a file that was read once, while it is still open or mapped.</summary>
/// <param name="Share">The way to share it.</param>
/// <param name="Way">read(2), or loads from a mapping.</param>
/// <param name="CachedMib">By how much /proc/meminfo's Cached grew.</param>
public sealed record KeptMemory(string Share, string Way, double CachedMib)
{
    /// <summary>Compares /proc/meminfo from before and after.</summary>
    public static KeptMemory Read(string share, string way, string before, string after) =>
        new(share, way, Mib(after, "Cached:") - Mib(before, "Cached:"));

    private static double Mib(string text, string name) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
            ? double.Parse(kib, CultureInfo.InvariantCulture) / 1024
            : throw new BenchException($"/proc/meminfo has no {name} {text}");
}
