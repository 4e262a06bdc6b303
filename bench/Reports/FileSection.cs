using System.Collections.Generic;
using System.Linq;
using KataShimNet.Bench.Files;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Reports;

/// <summary>The part of the report about the file system daemons.</summary>
internal static class FileSection
{
    public static void Write(MarkdownText text, FileResults files)
    {
        text.Line($"\nThe same vhost-user front end drives katanet-fsd and virtiofsd in turns (A B A B) on the same folder ({files.FileSystem}, page cache).");
        text.Line("Depth 1: front end and daemon on one processor. Depth 16: a processor each. 2 queues: nobody is pinned; virtiofsd has one request queue.");
        text.Line("Rates and times are medians over the rounds; ratios (ours by theirs) are medians over the pairs, with the least and the greatest.");
        text.Line("Floor: what this process takes for the least system calls that the operation can do with. Processor time: all of the daemon's processes.\n");
        text.Line($"* ours: `{files.OurCommand}`\n* theirs: `{files.TheirCommand}`");
        text.Line("\n![rates](rate.svg)\n![processor time](processor.svg)\n![p99](p99.svg)");
        text.Table("Files: rate", ["operation", "at a time", "unit", "ours (1/s)", "theirs (1/s)", "ratio", "least - greatest"], files.Rows.Select(row => new[]
        {
            row.Name, row.Shape, row.Unit, Number(row.Ours.Rate, "0"), Number(row.Theirs.Rate, "0"),
            Number(row.RateRatio, "0.00"), Spread(row.RateRatio),
        }));
        text.Table("Files: processor time per unit", ["operation", "at a time", "floor (us)", "ours (us)", "theirs (us)", "ratio", "least - greatest"],
            files.Rows.Select(row => new[]
            {
                row.Name, row.Shape, MarkdownText.Number(row.FloorNanoseconds / 1000, "0.00"),
                Micro(row.Ours.ProcessorNanoseconds), Micro(row.Theirs.ProcessorNanoseconds), Number(row.ProcessorRatio, "0.00"), Spread(row.ProcessorRatio),
            }));
        text.Table("Files: time of an operation", ["operation", "at a time", "p50 ours (us)", "p50 theirs", "p99 ours", "p99 theirs", "p99 ratio", "least - greatest"],
            files.Rows.Select(row => new[]
            {
                row.Name, row.Shape, Number(row.Ours.MedianMicroseconds, "0.0"), Number(row.Theirs.MedianMicroseconds, "0.0"),
                Number(row.Ours.P99Microseconds, "0.0"), Number(row.Theirs.P99Microseconds, "0.0"), Number(row.P99Ratio, "0.00"), Spread(row.P99Ratio),
            }));
        text.Table("Files: system calls per unit", ["operation", "at a time", "ours", "theirs"],
            files.Rows.Select(row => new[] { row.Name, row.Shape, Calls(row.Ours.SystemCalls), Calls(row.Theirs.SystemCalls) }));
    }

    private static string Calls(IReadOnlyDictionary<string, double>? calls) => calls is null
        ? "no strace"
        : $"{MarkdownText.Number(calls.Values.Sum(), "0.0")}: {string.Join(", ", calls.Where(c => c.Value >= 0.05).Select(c => $"{c.Key} {MarkdownText.Number(c.Value, "0.0")}"))}";

    private static string Spread(Series series) => $"{Number(series.Min, "0.00")} - {Number(series.Max, "0.00")}";

    private static string Micro(Series nanoseconds) => Number(nanoseconds.Median / 1000, "0.00");

    private static string Number(Series series, string format) => Number(series.Median, format);

    private static string Number(double value, string format) => MarkdownText.Number(value, format);
}
