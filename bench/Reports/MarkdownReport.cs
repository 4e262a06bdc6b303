using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using KataShimNet.Bench.Memory;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Reports;

/// <summary>The report for people.</summary>
public static class MarkdownReport
{
    public static string Write(BenchReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder();
        Line(text, $"# Benchmark, {report.Time}");
        Table(text, "Machine", ["what", "value"], report.Machine.Append(new("accelerator", report.Accelerator)).Select(fact => new[] { fact.Key, fact.Value }));
        Line(text, $"\n`ctr run` to the first line of output, against a bare boot of the same kernel in the same QEMU to a static init that prints a line;");
        Line(text, $"{report.Starts.Container.Values.Count} pairs in turns, after one pair to warm up.");
        Table(text, "Start", ["what", "median", "quartiles", "min", "max"],
        [
            Row("container (s)", report.Starts.Container, "0.000"),
            Row("bare boot (s)", report.Starts.Bare, "0.000"),
            Row("ratio, pair by pair", report.Starts.Ratios, "0.00"),
        ]);
        Table(text, "Stages of the same starts, from the shim's log (ms; fsd and QEMU run side by side)",
            ["stage", "median", "quartiles", "min", "max"], report.Stages.Select(stage => Row(stage.Key, stage.Value, "0")));
        Table(text, "Memory while a container idles", ["what", "PSS without the guest's RAM (MB)", "PSS (MB)", "RSS (MB)"],
            report.Idle.Processes.Select(process => new[] { process.Role, Megabytes(process.PssKib - process.SharedMemoryKib), Megabytes(process.PssKib), Megabytes(process.RssKib) })
                .Append(["fsd, both", Megabytes(Daemons(report).Sum(p => p.PssKib - p.SharedMemoryKib)), Megabytes(Daemons(report).Sum(p => p.PssKib)), Megabytes(Daemons(report).Sum(p => p.RssKib))]));
        Line(text, $"\nGuest: {Megabytes(report.Idle.Guest.UsedKib)} MB used of {Megabytes(report.Idle.Guest.TotalKib)} MB (MemTotal - MemAvailable, seen in the container).");
        Table(text, "Sizes", ["what", "MB", "files"], report.Sizes.Select(size =>
            new[] { size.Name, Number(size.Bytes / 1e6, "0.00"), Number(size.Files, "0") }));
        Line(text, $"\nCommand line of the bare boot: `{string.Join(' ', report.BareCommand)}`");
        return text.ToString();
    }

    private static IEnumerable<ProcessMemory> Daemons(BenchReport report) =>
        report.Idle.Processes.Where(process => process.Role.StartsWith("fsd", StringComparison.Ordinal));

    private static string[] Row(string name, Series series, string format) =>
    [
        name,
        Number(series.Median, format),
        $"{Number(series.LowerQuartile, format)} - {Number(series.UpperQuartile, format)}",
        Number(series.Min, format),
        Number(series.Max, format),
    ];

    private static void Table(StringBuilder text, string title, string[] heads, IEnumerable<string[]> rows)
    {
        Line(text, $"\n## {title}\n");
        Line(text, $"| {string.Join(" | ", heads)} |");
        Line(text, $"|{string.Concat(heads.Select(static _ => "---|"))}");
        foreach (string[] row in rows)
            Line(text, $"| {string.Join(" | ", row)} |");
    }

    private static string Megabytes(long kib) => Number(kib * 1024 / 1e6, "0.0");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
