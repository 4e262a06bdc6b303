using System.Collections.Generic;
using System.Linq;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Files;

/// <summary>What one daemon did in one row. Each series has a value per round.</summary>
/// <param name="Rate">Units per second.</param>
/// <param name="ProcessorNanoseconds">Processor time of the daemon per unit.</param>
/// <param name="MedianMicroseconds">Half of the operations took less.</param>
/// <param name="P99Microseconds">99 of 100 operations took less.</param>
/// <param name="SystemCalls">System calls per unit by name, the most frequent first; null when there is no strace.</param>
public sealed record FileSide(
    Series Rate, Series ProcessorNanoseconds, Series MedianMicroseconds, Series P99Microseconds, IReadOnlyDictionary<string, double>? SystemCalls)
{
    internal static FileSide Of(IReadOnlyList<Round> rounds, IReadOnlyDictionary<string, double>? calls) => new(
        new Series(rounds.Select(r => r.Rate)),
        new Series(rounds.Select(r => r.ProcessorPerUnit)),
        new Series(rounds.Select(r => r.MedianNanoseconds / 1000)),
        new Series(rounds.Select(r => r.P99Nanoseconds / 1000)),
        calls);
}

/// <summary>One row: both daemons in turns, and their ratios pair by pair.</summary>
/// <param name="Name">Which operation.</param>
/// <param name="Shape">How many at a time.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="FloorNanoseconds">What the least system calls for a unit take.</param>
/// <param name="Ours">katanet-fsd.</param>
/// <param name="Theirs">virtiofsd.</param>
/// <param name="RateRatio">Ours by theirs: more is better.</param>
/// <param name="ProcessorRatio">Ours by theirs: less is better.</param>
/// <param name="P99Ratio">Ours by theirs: less is better.</param>
public sealed record FileResult(
    string Name, string Shape, string Unit, double FloorNanoseconds, FileSide Ours, FileSide Theirs, Series RateRatio, Series ProcessorRatio, Series P99Ratio)
{
    internal static FileResult Of(
        FileRow row, LoadShape shape, double floor, IReadOnlyList<(Round Ours, Round Theirs)> pairs, (Dictionary<string, double>? Ours, Dictionary<string, double>? Theirs) calls) => new(
        row.Name,
        shape.Name,
        row.Unit,
        floor,
        FileSide.Of([.. pairs.Select(p => p.Ours)], calls.Ours),
        FileSide.Of([.. pairs.Select(p => p.Theirs)], calls.Theirs),
        new Series(pairs.Select(p => p.Ours.Rate / p.Theirs.Rate)),
        new Series(pairs.Select(p => p.Ours.ProcessorPerUnit / p.Theirs.ProcessorPerUnit)),
        new Series(pairs.Select(p => p.Ours.P99Nanoseconds / p.Theirs.P99Nanoseconds)));
}

/// <summary>All rows of the file system.</summary>
/// <param name="OurCommand">How ours was started.</param>
/// <param name="TheirCommand">How theirs was started.</param>
/// <param name="FileSystem">What the files lay on.</param>
/// <param name="Rows">The rows.</param>
public sealed record FileResults(string OurCommand, string TheirCommand, string FileSystem, IReadOnlyList<FileResult> Rows);
