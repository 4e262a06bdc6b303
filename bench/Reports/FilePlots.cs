using System.IO;
using System.Linq;
using KataShimNet.Bench.Files;

namespace KataShimNet.Bench.Reports;

/// <summary>The ratios of the file system rows as plots.</summary>
internal static class FilePlots
{
    public static void Write(FileResults files, string folder)
    {
        Plot("rate.svg", "Requests per second, ours by virtiofsd's: more is better", [1.0, 1.3], r => new(Name(r), r.RateRatio.Median, r.RateRatio.Min, r.RateRatio.Max));
        Plot("processor.svg", "Processor time per request, ours by virtiofsd's: less is better", [1.0, 0.8], r => new(Name(r), r.ProcessorRatio.Median, r.ProcessorRatio.Min, r.ProcessorRatio.Max));
        Plot("p99.svg", "99th percentile of the time of an operation, ours by virtiofsd's: less is better", [1.0], r => new(Name(r), r.P99Ratio.Median, r.P99Ratio.Min, r.P99Ratio.Max));

        void Plot(string name, string title, double[] lines, System.Func<FileResult, Bar> bar) =>
            File.WriteAllText(Path.Combine(folder, name), BarPlot.Draw(title, [.. files.Rows.Select(bar)], lines));
    }

    private static string Name(FileResult row) => $"{row.Name}, {row.Shape}";
}
