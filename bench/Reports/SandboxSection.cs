using System.Collections.Generic;
using System.Linq;
using KataShimNet.Bench.Memory;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Reports;

/// <summary>The part of the report about start-up, memory and sizes.</summary>
internal static class SandboxSection
{
    public static void Write(MarkdownText text, SandboxResults sandbox)
    {
        text.Line($"\n`ctr run` to the first line of output, against a bare boot of the same kernel in the same QEMU to a static init that prints a line;");
        text.Line($"{sandbox.Starts.Container.Values.Count} pairs in turns, after one pair to warm up.");
        text.Table("Start", ["what", "median", "quartiles", "min", "max"],
        [
            Row("container (s)", sandbox.Starts.Container, "0.000"),
            Row("bare boot (s)", sandbox.Starts.Bare, "0.000"),
            Row("ratio, pair by pair", sandbox.Starts.Ratios, "0.00"),
        ]);
        text.Table("Stages of the same starts, from the shim's log (ms; fsd and QEMU run side by side)",
            ["stage", "median", "quartiles", "min", "max"], sandbox.Stages.Select(stage => Row(stage.Key, stage.Value, "0")));
        text.Table("Memory while a container idles", ["what", "PSS without the guest's RAM (MB)", "PSS (MB)", "RSS (MB)"],
            sandbox.Idle.Processes.Select(process => new[] { process.Role, Megabytes(process.PssKib - process.SharedMemoryKib), Megabytes(process.PssKib), Megabytes(process.RssKib) })
                .Append(["fsd, both", Megabytes(Daemons(sandbox).Sum(p => p.PssKib - p.SharedMemoryKib)), Megabytes(Daemons(sandbox).Sum(p => p.PssKib)), Megabytes(Daemons(sandbox).Sum(p => p.RssKib))]));
        text.Line($"\nGuest: {Megabytes(sandbox.Idle.Guest.UsedKib)} MB used of {Megabytes(sandbox.Idle.Guest.TotalKib)} MB (MemTotal - MemAvailable, seen in the container).");
        text.Table("Sizes", ["what", "MB", "files"], sandbox.Sizes.Select(size =>
            new[] { size.Name, MarkdownText.Number(size.Bytes / 1e6, "0.00"), MarkdownText.Number(size.Files, "0") }));
        text.Line($"\nCommand line of the bare boot: `{string.Join(' ', sandbox.BareCommand)}`");
    }

    private static IEnumerable<ProcessMemory> Daemons(SandboxResults sandbox) =>
        sandbox.Idle.Processes.Where(process => process.Role.StartsWith("fsd", System.StringComparison.Ordinal));

    private static string[] Row(string name, Series series, string format) =>
    [
        name,
        MarkdownText.Number(series.Median, format),
        $"{MarkdownText.Number(series.LowerQuartile, format)} - {MarkdownText.Number(series.UpperQuartile, format)}",
        MarkdownText.Number(series.Min, format),
        MarkdownText.Number(series.Max, format),
    ];

    private static string Megabytes(long kib) => MarkdownText.Number(kib * 1024 / 1e6, "0.0");
}
