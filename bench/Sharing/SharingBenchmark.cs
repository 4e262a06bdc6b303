using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;
using KataShimNet.TestGuest;

namespace KataShimNet.Bench.Sharing;

/// <summary>What volumes that several pods use cost, and what DAX gains.</summary>
internal static class SharingBenchmark
{
    public const string Fio = "sharing-fio";
    public const string Beyond = "sharing-beyond";
    public const string Window = "sharing-window";
    public const string Calls = "sharing-calls";
    public const string Devices = "sharing-devices";
    public const string Table = "sharing-table";

    private const int InsideMib = 64;
    private const int BeyondMib = 384;

    /// <summary>The parts, each of which can be measured alone.</summary>
    public static IReadOnlyList<string> Parts { get; } = [Fio, Beyond, Window, Calls, Devices, Table];

    /// <summary>Measures some parts.</summary>
    /// <param name="repository">Where our daemon is, and room for the files.</param>
    /// <param name="parts">Which.</param>
    /// <param name="run">How often, how long, and which loads.</param>
    /// <param name="pairs">Pairs of rounds for <see cref="Table"/>.</param>
    /// <param name="round">Of which each takes so long.</param>
    public static async Task<SharingResults> MeasureAsync(
        Repository repository, IReadOnlySet<string> parts, SharingRun run, int pairs, TimeSpan round)
    {
        using var folders = new BenchFolders(repository);
        var ours = new SharingSystems(Path.Combine(repository.Bin, "katanet-fsd"), folders.Coherency);
        try
        {
            GuestSystem[] peers =
            [
                ours.Unmapped, ours.Alone, SharingSystems.Virtiofsd(SharingSystems.VirtiofsdNone, "never"),
                SharingSystems.Virtiofsd(SharingSystems.VirtiofsdAuto, "auto"), SharingSystems.NineP, SharingSystems.NinePWithMaps,
            ];
            return new SharingResults(
                parts.Contains(Fio)
                    ? await FioComparison.MeasureAsync("inside the window", InsideMib, folders, ours.Mapped, peers, run).ConfigureAwait(false) : null,
                parts.Contains(Beyond)
                    ? await FioComparison.MeasureAsync("beyond the window", BeyondMib, folders, ours.Mapped, peers[..2], run).ConfigureAwait(false) : null,
                parts.Contains(Window) ? await WindowCosts.MeasureAsync(folders, ours, run).ConfigureAwait(false) : null,
                parts.Contains(Calls) ? await CallCosts.MeasureAsync(folders, ours, run).ConfigureAwait(false) : null,
                parts.Contains(Devices) ? await DeviceCosts.MeasureAsync(folders, ours, run).ConfigureAwait(false) : null,
                parts.Contains(Table) ? TableCosts.Measure(repository, folders.Coherency, pairs, round) : null);
        }
        catch (GuestException e)
        {
            throw new BenchException(e.Message);
        }
    }
}
