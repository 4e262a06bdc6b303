using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Bench.Files.Measuring;
using KataShimNet.Bench.Files.Workloads;

namespace KataShimNet.Bench.Files;

/// <summary>Both daemons on one folder, driven in turns by the same front end: A B A B.</summary>
internal static class FileBenchmark
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.1);

    /// <summary>Measures all rows.</summary>
    /// <param name="repository">Where our daemon is, and room for the files.</param>
    /// <param name="tree">Debian tree with virtiofsd.</param>
    /// <param name="pairs">Rounds of each daemon in a row.</param>
    /// <param name="duration">Of a round.</param>
    /// <param name="filter">Part of the names of rows to measure; empty for all.</param>
    /// <param name="other">Another build of our daemon to compare with; null for virtiofsd.</param>
    public static FileResults Measure(Repository repository, string tree, int pairs, TimeSpan duration, string filter, string? other)
    {
        string program = Path.Combine(repository.Bin, "katanet-fsd");
        return Measure(
            repository,
            folder => Contestant.Fsd(program, folder, "a"),
            folder => other is not null ? Contestant.Fsd(other, folder, "b") : Contestant.Virtiofsd(tree, folder),
            [.. FileRow.All.Where(row => row.Name.Contains(filter, StringComparison.Ordinal))],
            LoadShape.All,
            pairs,
            duration);
    }

    /// <summary>Measures rows of any two daemons.</summary>
    /// <param name="repository">Room for the files.</param>
    /// <param name="startOurs">Starts the one, on a folder.</param>
    /// <param name="startTheirs">Starts the other one, on the same folder.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="shapes">How many at a time.</param>
    /// <param name="pairs">Rounds of each daemon in a row.</param>
    /// <param name="duration">Of a round.</param>
    public static FileResults Measure(
        Repository repository, Func<string, Contestant> startOurs, Func<string, Contestant> startTheirs, IReadOnlyList<FileRow> rows,
        IReadOnlyList<LoadShape> shapes, int pairs, TimeSpan duration)
    {
        if (Environment.ProcessorCount < 2)
            throw new BenchException("the daemons and their load need 2 processors");
        using FileTree files = FileTree.Create(Path.Combine(repository.Root, "artifacts/bench"));
        using var floor = new Floor(files);
        using Contestant ours = startOurs(files.Root);
        using Contestant theirs = startTheirs(files.Root);
        Workload[] ourWork = [.. rows.Select(row => row.Prepare(ours))];
        Workload[] theirWork = [.. rows.Select(row => row.Prepare(theirs))];
        ours.TakeQueues();
        theirs.TakeQueues();

        var results = new List<FileResult>();
        for (int i = 0; i < rows.Count; i++)
        {
            double least = floor.Measure(rows[i]);
            foreach (LoadShape shape in shapes.Where(rows[i].Takes))
            {
                var load = new Load(shape);
                _ = load.Run(ours, ourWork[i], s_warmUp);
                _ = load.Run(theirs, theirWork[i], s_warmUp);
                var measured = new List<(Round Ours, Round Theirs)>();
                for (int pair = 0; pair < pairs; pair++)
                    measured.Add((load.Run(ours, ourWork[i], duration), load.Run(theirs, theirWork[i], duration)));
                FileResult result = FileResult.Of(
                    rows[i], shape, least, measured, (SystemCalls.Count(ours, ourWork[i], load), SystemCalls.Count(theirs, theirWork[i], load)));
                results.Add(result);
                Show(result);
            }
        }
        return new FileResults(ours.Command, theirs.Command, new DriveInfo(files.Root).DriveFormat, results);
    }

    private static void Show(FileResult row) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"bench: {row.Name,-30} {row.Shape,-18} {row.Ours.Rate.Median,9:0} / {row.Theirs.Rate.Median,9:0} a second: {row.RateRatio.Median:0.00} "
        + $"[{row.RateRatio.Min:0.00} {row.RateRatio.Max:0.00}], processor {row.Ours.ProcessorNanoseconds.Median / 1000:0.00} / {row.Theirs.ProcessorNanoseconds.Median / 1000:0.00} us: "
        + $"{row.ProcessorRatio.Median:0.00}, p99 {row.P99Ratio.Median:0.00}, calls {Total(row.Ours):0.0} / {Total(row.Theirs):0.0}"));

    private static double Total(FileSide side) => side.SystemCalls?.Values.Sum() ?? double.NaN;
}
