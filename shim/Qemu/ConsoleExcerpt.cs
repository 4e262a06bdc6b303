using System;
using System.Collections.Generic;

namespace KataShimNet.Shim.Qemu;

/// <summary>What of a guest's console goes into an error message.</summary>
internal static class ConsoleExcerpt
{
    private const int Lines = 10;
    private const int LinesBeforePanic = 3;

    /// <summary>A kernel panic and what came just before it, since registers and stack follow it; otherwise the last lines.</summary>
    /// <param name="console">The console's lines.</param>
    public static string Of(List<string> console)
    {
        var panic = console.FindIndex(IsPanic);
        var (from, to) = panic < 0 ? (console.Count - Lines, console.Count) : (panic - LinesBeforePanic, panic + 1);
        return string.Join('\n', console[Math.Max(0, from)..to]);
    }

    /// <summary>Whether a kernel panic is in it.</summary>
    /// <param name="console">The console's lines.</param>
    public static bool HasPanic(List<string> console) => console.Exists(IsPanic);

    private static bool IsPanic(string line) => line.Contains("Kernel panic", StringComparison.Ordinal);
}
