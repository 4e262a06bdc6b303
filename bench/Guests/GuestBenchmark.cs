using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Starts;
using KataShimNet.TestGuest;

namespace KataShimNet.Bench.Guests;

/// <summary>One guest that has every system mounted at once, so that each load meets them one right after the other.</summary>
internal static class GuestBenchmark
{
    /// <summary>Measures all loads.</summary>
    /// <param name="repository">Where our daemon is, and room for the files.</param>
    /// <param name="tree">The node's tree.</param>
    /// <param name="tools">What <c>deploy/node/tools.sh</c> built.</param>
    /// <param name="rounds">How often.</param>
    /// <param name="seconds">Of each run.</param>
    /// <param name="filter">Part of the names of loads to measure; empty for all.</param>
    public static async Task<GuestResults> MeasureAsync(Repository repository, string tree, string tools, int rounds, double seconds, string filter)
    {
        using var folders = new BenchFolders(repository);
        IReadOnlyList<GuestSystem> systems = GuestSystem.All(Path.Combine(repository.Bin, "katanet-fsd"));
        try
        {
            // A folder of its own for each: one system's writes must not drop another's caches.
            await using BenchGuest guest = await BenchGuest.StartAsync(
                tree, tools, systems.Select(system => system.Share(folders.Add(FioTest.Files(FioTest.FileMib, FioTest.FileMib))))).ConfigureAwait(false);
            var rows = new List<GuestRow>();
            foreach (FioTest test in FioTest.All.Where(test => test.Name.Contains(filter, StringComparison.Ordinal)))
            {
                var rates = systems.ToDictionary(system => system.Name, _ => new List<double>());
                for (int round = 0; round < rounds; round++)
                {
                    for (int number = 0; number < systems.Count; number++)
                        rates[systems[number].Name].Add(await guest.FioAsync(test, number, FioTest.FileMib, seconds).ConfigureAwait(false));
                }
                var row = new GuestRow(test, rates.ToDictionary(rate => rate.Key, rate => new Series(rate.Value)));
                rows.Add(row);
                row.Show("guest");
            }
            return new GuestResults(guest.Accelerator, guest.Kernel, seconds, rows);
        }
        catch (GuestException e)
        {
            throw new BenchException(e.Message);
        }
    }
}
