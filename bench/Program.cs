using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using KataShimNet.Bench.Files;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Nodes;
using KataShimNet.Bench.Reports;
using KataShimNet.Bench.Sharing;

namespace KataShimNet.Bench;

/// <summary>katanet-bench: measures in one run what was asked for, and writes a report.</summary>
internal static class Program
{
    private const string Sandbox = "sandbox";
    private const string Files = "files";
    private const string Guest = "guest";
    private const string Sharing = "sharing";

    private static int Main(string[] args)
    {
        var rows = new Option<string>("--rows")
        {
            Description = "what to measure: sandbox (start-up, memory, sizes), files (the file system daemons), guest (fio in a guest), sharing (volumes of several pods) "
                + $"or a part of it ({string.Join(", ", SharingBenchmark.Parts)}); with commas, or all",
            DefaultValueFactory = _ => "all",
        };
        var against = new Option<string?>("--against") { Description = "another katanet-fsd to compare with, instead of virtiofsd" };
        var only = new Option<string>("--only") { Description = "of files, guest and fio in sharing: only rows whose name has this in it", DefaultValueFactory = _ => "" };
        var runs = new Option<int>("--runs") { Description = "pairs of starts", DefaultValueFactory = _ => 10 };
        var pairs = new Option<int>("--pairs") { Description = "pairs of rounds of each row of files", DefaultValueFactory = _ => 7 };
        var round = new Option<double>("--round") { Description = "seconds of a round", DefaultValueFactory = _ => 0.7 };
        var rounds = new Option<int>("--rounds") { Description = "rounds of guest and sharing", DefaultValueFactory = _ => 2 };
        var fio = new Option<double>("--fio") { Description = "seconds of a run of fio", DefaultValueFactory = _ => 1 };
        var settle = new Option<int>("--settle") { Description = "seconds that a container idles before its memory is read", DefaultValueFactory = _ => 5 };
        var output = new Option<string>("--out") { Description = "folder of the report", DefaultValueFactory = _ => "artifacts/bench" };
        var root = new RootCommand("measure KataShimNet, beside its peers, and report") { rows, only, against, runs, pairs, round, rounds, fio, settle, output };
        root.SetAction(result => Guard(() =>
        {
            if (result.GetValue(runs) < 1 || result.GetValue(pairs) < 1 || result.GetValue(round) < 0.01)
                throw new BenchException("--runs and --pairs must be 1 or more, --round 0.01 or more");
            string wanted = result.GetValue(rows)!;
            HashSet<string> parts = wanted == "all" ? [Sandbox, Files, Guest, Sharing] : [.. wanted.Split(',')];
            if (parts.Remove(Sharing))
                parts.UnionWith(SharingBenchmark.Parts);
            if (!parts.IsSubsetOf([Sandbox, Files, Guest, .. SharingBenchmark.Parts]))
                throw new BenchException($"there are no rows '{wanted}': see --help");
            Repository repository = Repository.Find();
            repository.CheckBuilt(withGuest: parts.Contains(Sandbox));
            string tree = TestNode.Tree(repository);
            string began = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
            List<KeyValuePair<string, string>> machine = [.. MachineFacts.Read(repository, tree)];
            FileResults? files = parts.Contains(Files)
                ? FileBenchmark.Measure(repository, tree, result.GetValue(pairs), TimeSpan.FromSeconds(result.GetValue(round)), result.GetValue(only)!, result.GetValue(against))
                : null;
            GuestResults? guest = parts.Contains(Guest)
                ? GuestBenchmark.MeasureAsync(
                    repository, tree, TestNode.Tools(repository), result.GetValue(rounds), result.GetValue(fio), result.GetValue(only)!).GetAwaiter().GetResult()
                : null;
            SharingResults? sharing = parts.Overlaps(SharingBenchmark.Parts)
                ? SharingBenchmark.MeasureAsync(
                    repository, parts, new SharingRun(tree, TestNode.Tools(repository), result.GetValue(rounds), result.GetValue(fio), result.GetValue(only)!),
                    result.GetValue(pairs), TimeSpan.FromSeconds(result.GetValue(round))).GetAwaiter().GetResult()
                : null;
            SandboxResults? sandbox = parts.Contains(Sandbox) ? MeasureSandbox(repository, result.GetValue(runs), result.GetValue(settle)) : null;
            machine.Add(new("load average at the end", MachineFacts.LoadAverage()));
            Write(new BenchReport(began, machine, sandbox, files, guest, sharing), repository, result.GetValue(output)!);
        }));
        return root.Parse(args).Invoke();
    }

    private static SandboxResults MeasureSandbox(Repository repository, int runs, int settle)
    {
        using TestNode node = TestNode.Start(repository);
        return SandboxBenchmark.Run(repository, node, runs, TimeSpan.FromSeconds(settle));
    }

    private static void Write(BenchReport report, Repository repository, string output)
    {
        string markdown = MarkdownReport.Write(report);
        string folder = Path.Combine(repository.Root, output);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "report.md"), markdown);
        File.WriteAllText(Path.Combine(folder, "report.json"), JsonReport.Write(report));
        if (report.Files is not null)
            FilePlots.Write(report.Files, folder);
        Console.WriteLine(markdown);
        Console.Error.WriteLine($"bench: written to {output}/report.md and {output}/report.json");
    }

    private static int Guard(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (BenchException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 1;
        }
    }
}
