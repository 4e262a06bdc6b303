using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;

namespace KataShimNet.Bench.Sharing;

/// <summary>What a mapping of the window costs, and what memory it saves.</summary>
/// <param name="Touches">Time of a first touch.</param>
/// <param name="ReadMib">MiB of the file that was read.</param>
/// <param name="Kept">What the guest keeps of it.</param>
public sealed record WindowCosts(TouchTimes Touches, int ReadMib, IReadOnlyList<KeptMemory> Kept)
{
    private const int Ranges = 128;
    private const int RangeMib = 2;
    private const int Mib = 64;

    internal static async Task<WindowCosts> MeasureAsync(BenchFolders folders, SharingSystems ours, SharingRun run)
    {
        string folder = folders.Add(("f", Ranges * RangeMib));
        var kept = new List<KeptMemory>();
        var touches = new List<string>();
        await using (BenchGuest guest = await BenchGuest.StartAsync(run.Tree, run.Tools, ours.Mapped.Share(folder)).ConfigureAwait(false))
        {
            for (int round = 0; round < run.Rounds; round++)
            {
                await guest.RemountAsync(0).ConfigureAwait(false);
                touches.Add(await guest.RunAsync($"katanet-probe touch {BenchGuest.MountOf(0)}/f {Ranges} 2").ConfigureAwait(false));
            }
            await KeepAsync(guest, 0, ours.Mapped.Name, kept).ConfigureAwait(false);
        }
        GuestSystem[] others = [ours.Unmapped, ours.Alone, SharingSystems.Virtiofsd(SharingSystems.VirtiofsdAuto, "auto")];
        await using (BenchGuest guest = await BenchGuest.StartAsync(run.Tree, run.Tools, others.Select(system => system.Share(folder))).ConfigureAwait(false))
        {
            for (int number = 0; number < others.Length; number++)
                await KeepAsync(guest, number, others[number].Name, kept).ConfigureAwait(false);
        }
        var times = TouchTimes.Read(touches, Ranges);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench: window, ms a range beyond it: {times.Steady.Median:0.00}"));
        return new WindowCosts(times, Mib, kept);
    }

    private static async Task KeepAsync(BenchGuest guest, int number, string system, List<KeptMemory> kept)
    {
        foreach (string way in (string[])["read", "map"])
        {
            await guest.RemountAsync(number).ConfigureAwait(false);
            string before = await guest.RunAsync("sync; echo 3 > /proc/sys/vm/drop_caches; cat /proc/meminfo").ConfigureAwait(false);
            string after = await guest.RunAsync($"katanet-probe scan {BenchGuest.MountOf(number)}/f {Mib << 20} {way}").ConfigureAwait(false);
            kept.Add(KeptMemory.Read(system, way == "map" ? "mapped" : "read(2)", before, after));
        }
    }
}
