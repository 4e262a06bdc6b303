using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Sharing;

/// <summary>What calls of a program in the guest take, one at a time.</summary>
/// <param name="Name">On what.</param>
/// <param name="Microseconds">By the call's name: the median of each round.</param>
public sealed record CallTimes(string Name, IReadOnlyDictionary<string, Series> Microseconds)
{
    private const int CallsOfARound = 300;

    public static IReadOnlyList<string> Calls { get; } = ["stat", "open-close", "read", "create"];

    /// <summary>A folder to call in; it has fio's files too.</summary>
    internal static string MakeFolder(BenchFolders folders) => folders.Add([("file", 1), .. FioTest.Files(FioTest.FileMib, FioTest.FileMib)]);

    /// <summary>Measures on a share.</summary>
    /// <param name="guest">Where.</param>
    /// <param name="share">Its number.</param>
    /// <param name="name">On what, for the report.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="before">Script to be run before each round.</param>
    internal static async Task<CallTimes> MeasureAsync(BenchGuest guest, int share, string name, int rounds, string before = "")
    {
        var outputs = new List<string>();
        for (int round = 0; round < rounds; round++)
            outputs.Add(await guest.RunAsync($"{before}katanet-probe calls {BenchGuest.MountOf(share)} {CallsOfARound}").ConfigureAwait(false));
        CallTimes times = Read(name, outputs);
        Console.Error.WriteLine($"bench: {name,-52} us: " + string.Join(", ",
            times.Microseconds.Select(call => string.Create(CultureInfo.InvariantCulture, $"{call.Key} {call.Value.Median:0.0}"))));
        return times;
    }

    /// <summary>Reads what katanet-probe printed in several rounds.</summary>
    /// <param name="name">On what.</param>
    /// <param name="outputs">Of each round: a line per call, its name and a number.</param>
    public static CallTimes Read(string name, IReadOnlyList<string> outputs)
    {
        Dictionary<string, double>[] rounds = [.. outputs.Select(output => output.Split('\n')
            .Select(line => line.Split(' ')).Where(words => words.Length == 2)
            .ToDictionary(words => words[0], words => double.Parse(words[1], CultureInfo.InvariantCulture)))];
        if (rounds.Any(round => !Calls.All(round.ContainsKey)))
            throw new BenchException($"katanet-probe printed: {outputs[0]}");
        return new CallTimes(name, Calls.ToDictionary(call => call, call => new Series(rounds.Select(round => round[call]))));
    }
}
