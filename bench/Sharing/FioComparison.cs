using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Sharing;

/// <summary>fio on each way to share a volume, in turns; each run begins with a new mount, so with nothing in the guest's caches and nothing mapped.</summary>
/// <param name="Name">Where the data lie: within the window, or beyond.</param>
/// <param name="DataMib">MiB of all jobs' files together.</param>
/// <param name="Seconds">Of each run.</param>
/// <param name="Rows">The loads.</param>
public sealed record FioComparison(string Name, int DataMib, double Seconds, IReadOnlyList<GuestRow> Rows)
{
    /// <summary>Measures.</summary>
    /// <param name="name">Where the data lie.</param>
    /// <param name="dataMib">MiB of data.</param>
    /// <param name="folders">Room for the files.</param>
    /// <param name="mapped">The system with a window; it gets a guest of its own, for QEMU tells every vhost-user device of a machine of each mapping.</param>
    /// <param name="others">The systems without.</param>
    /// <param name="run">How often, how long, and which loads.</param>
    internal static async Task<FioComparison> MeasureAsync(
        string name, int dataMib, BenchFolders folders, GuestSystem mapped, IReadOnlyList<GuestSystem> others, SharingRun run)
    {
        await using BenchGuest first = await StartAsync([mapped]).ConfigureAwait(false);
        await using BenchGuest second = await StartAsync(others).ConfigureAwait(false);
        (string Name, BenchGuest Guest, int Share)[] systems = [(mapped.Name, first, 0), .. others.Select((system, number) => (system.Name, second, number))];
        var rows = new List<GuestRow>();
        foreach (FioTest test in FioTest.All.Where(test => test.Name.Contains(run.Filter, StringComparison.Ordinal)))
        {
            var rates = systems.ToDictionary(system => system.Name, _ => new List<double>());
            for (int round = 0; round < run.Rounds; round++)
            {
                foreach ((string system, BenchGuest guest, int share) in systems)
                {
                    await guest.RemountAsync(share).ConfigureAwait(false);
                    rates[system].Add(await guest.FioAsync(test, share, dataMib / test.Jobs, run.Seconds).ConfigureAwait(false));
                }
            }
            var row = new GuestRow(test, rates.ToDictionary(rate => rate.Key, rate => new Series(rate.Value)));
            rows.Add(row);
            row.Show(name);
        }
        return new FioComparison(name, dataMib, run.Seconds, rows);

        Task<BenchGuest> StartAsync(IReadOnlyList<GuestSystem> share) => BenchGuest.StartAsync(
            run.Tree, run.Tools, share.Select(system => system.Share(folders.Add(FioTest.Files(dataMib, dataMib / 4)))));
    }
}
