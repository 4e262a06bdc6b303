using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Sharing;

/// <summary>What it takes to store into a range of 2 MiB that is not mapped, in milliseconds.</summary>
/// <param name="Live">When so many are mapped.</param>
/// <param name="Steady">When the window is full, and one goes for each that comes.</param>
public sealed record TouchTimes(IReadOnlyDictionary<int, Series> Live, Series Steady)
{
    private static readonly int[] s_live = [10, 30, 60];

    /// <summary>Reads what katanet-probe printed in several rounds.</summary>
    /// <param name="outputs">Of each round: a line per range touched, of all ranges of a file some times over.</param>
    /// <param name="ranges">How many ranges the file has: more than the window.</param>
    public static TouchTimes Read(IReadOnlyList<string> outputs, int ranges)
    {
        double[][] rounds = [.. outputs.Select(Numbers)];
        if (rounds.Any(round => round.Length < 2 * ranges || round.Length % ranges != 0))
            throw new BenchException($"katanet-probe printed not two or more times {ranges} lines: {outputs[0]}");
        return new TouchTimes(
            // With its neighbours: one time is a sample of one.
            s_live.ToDictionary(live => live, live => new Series(rounds.SelectMany(round => round[(live - 2)..(live + 3)]))),
            new Series(rounds.SelectMany(round => round.Skip(ranges))));
    }

    private static double[] Numbers(string output) =>
        [.. output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries).Select(line =>
            double.TryParse(line, CultureInfo.InvariantCulture, out double number) ? number : throw new BenchException($"katanet-probe printed: {output}"))];
}
