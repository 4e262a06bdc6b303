using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using KataShimNet.Hostile.Cases;
using KataShimNet.Hostile.Guests;

namespace KataShimNet.Hostile;

/// <summary>Runs the suite against katanet-fsd and, when a Debian tree is given, virtiofsd, and prints what each attack came to.</summary>
internal static class Program
{
    private const string Usage = """
        usage: KataShimNet.Hostile --fsd PROGRAM [--virtiofsd DEBIAN-TREE] [--sandbox none|namespace] [--only TEXT] [--verbose]
        """;

    private static int Main(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i < args.Length; i++)
            options[args[i]] = args[i] == "--verbose" ? "" : i + 1 < args.Length ? args[++i] : "";
        if (!options.TryGetValue("--fsd", out var fsd) && !options.ContainsKey("--virtiofsd"))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        var only = options.GetValueOrDefault("--only", "");
        var cases = AllCases.List.Where(c => c.ToString().Contains(only, StringComparison.OrdinalIgnoreCase)).ToArray();
        var failed = 0;
        if (fsd is not null)
            failed = Run("katanet-fsd", (tree, alone) => Target.StartOurs(fsd, tree, alone), cases, Console.Out);
        if (options.TryGetValue("--virtiofsd", out var debian))
        {
            var sandbox = options.GetValueOrDefault("--sandbox", "namespace");
            var theirs = cases.Where(c => !c.OursOnly).ToArray();
            _ = Run($"virtiofsd --sandbox={sandbox}", (tree, _) => Target.StartVirtiofsd(debian, sandbox, tree), theirs, options.ContainsKey("--verbose") ? Console.Out : TextWriter.Null);
        }

        return failed == 0 ? 0 : 1;
    }

    // Returns how many cases did not hold.
    private static int Run(string name, Func<HostTree, string[], Target> start, HostileCase[] cases, TextWriter details)
    {
        var clock = Stopwatch.StartNew();
        using var arena = new Arena(start);
        var outcomes = new List<Outcome>();
        foreach (var attack in cases)
        {
            var outcome = arena.Run(attack);
            outcomes.Add(outcome);
            if (outcome.Verdict != Verdict.Held)
                details.WriteLine($"{outcome.Verdict}: {attack}\n    {outcome.Detail.ReplaceLineEndings("\n    ")}");
        }

        Console.WriteLine($"\n{name}: {cases.Length} cases, {arena.Started} daemons, {clock.Elapsed.TotalSeconds:f1} s");
        Console.WriteLine($"  {"",-24}{string.Join("", Enum.GetNames<Verdict>().Select(v => $"{v,12}"))}");
        foreach (var group in outcomes.GroupBy(o => o.Case.Group))
            Console.WriteLine(Row(group.Key, [.. group]));
        Console.WriteLine(Row("all", outcomes));
        return outcomes.Count(o => o.Verdict != Verdict.Held);
    }

    private static string Row(string name, IReadOnlyList<Outcome> outcomes) =>
        $"  {name,-24}{string.Join("", Enum.GetValues<Verdict>().Select(v => $"{outcomes.Count(o => o.Verdict == v),12}"))}";
}
