using System;
using System.CommandLine;
using System.IO;
using KataShimNet.Bench.Nodes;
using KataShimNet.Bench.Reports;

namespace KataShimNet.Bench;

/// <summary>katanet-bench: measures start-up time, memory and sizes in one run, and writes a report.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var runs = new Option<int>("--runs") { Description = "pairs of starts", DefaultValueFactory = _ => 10 };
        var settle = new Option<int>("--settle") { Description = "seconds that a container idles before its memory is read", DefaultValueFactory = _ => 5 };
        var output = new Option<string>("--out") { Description = "folder of the report", DefaultValueFactory = _ => "artifacts/bench" };
        var root = new RootCommand("measure start-up time, memory and sizes in the test node") { runs, settle, output };
        root.SetAction(result => Run(result.GetValue(runs), TimeSpan.FromSeconds(result.GetValue(settle)), result.GetValue(output)!));
        return root.Parse(args).Invoke();
    }

    private static int Run(int runs, TimeSpan settle, string output)
    {
        try
        {
            if (runs < 1)
                throw new BenchException("--runs must be 1 or more");
            Repository repository = Repository.Find();
            repository.CheckBuilt();
            BenchReport report;
            using (TestNode node = TestNode.Start(repository))
                report = Benchmark.Run(repository, node, runs, settle);
            string markdown = MarkdownReport.Write(report);
            string folder = Path.Combine(repository.Root, output);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "report.md"), markdown);
            File.WriteAllText(Path.Combine(folder, "report.json"), JsonReport.Write(report));
            Console.WriteLine(markdown);
            Console.Error.WriteLine($"bench: written to {output}/report.md and {output}/report.json");
            return 0;
        }
        catch (BenchException e)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 1;
        }
    }
}
