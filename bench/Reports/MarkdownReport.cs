using System;
using System.Linq;

namespace KataShimNet.Bench.Reports;

/// <summary>The report for people.</summary>
public static class MarkdownReport
{
    public static string Write(BenchReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new MarkdownText();
        text.Line($"# Benchmark, {report.Time}");
        text.Table("Machine", ["what", "value"], report.Machine.Select(fact => new[] { fact.Key, fact.Value }));
        if (report.Files is not null)
            FileSection.Write(text, report.Files);
        if (report.Guest is not null)
            GuestSection.Write(text, report.Guest);
        if (report.Sharing is not null)
            SharingSection.Write(text, report.Sharing);
        if (report.Sandbox is not null)
            SandboxSection.Write(text, report.Sandbox);
        return text.ToString();
    }
}
