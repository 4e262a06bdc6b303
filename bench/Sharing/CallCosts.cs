using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;

namespace KataShimNet.Bench.Sharing;

/// <summary>What single calls cost with leases and without, in folders that another pod uses and in others.</summary>
internal static class CallCosts
{
    private const int LeaseMilliseconds = 1000;

    public static async Task<IReadOnlyList<CallTimes>> MeasureAsync(BenchFolders folders, SharingSystems ours, SharingRun run)
    {
        GuestSystem[] alone =
        [
            SharingSystems.Virtiofsd("virtiofsd none", "never"),
            SharingSystems.Virtiofsd("virtiofsd always", "always"),
            ours.Alone,
            ours.Leased("fsd shared, no leases", 0),
            ours.Leased($"fsd shared, leases of {LeaseMilliseconds} ms", LeaseMilliseconds),
        ];
        // To a daemon it is all one whether the other daemon serves another guest.
        GuestSystem[] twice = [alone[3], alone[4]];
        (GuestSystem System, string Folder)[] systems = [.. alone.Select(system => (system, CallTimes.MakeFolder(folders)))];
        string[] used = [.. twice.Select(_ => CallTimes.MakeFolder(folders))];
        await using BenchGuest guest = await BenchGuest.StartAsync(run.Tree, run.Tools, [
            .. systems.Select(system => system.System.Share(system.Folder)),
            .. twice.Zip(used, (system, folder) => system.Share(folder)),
            .. twice.Zip(used, (system, folder) => system.Share(folder)),
        ]).ConfigureAwait(false);

        var times = new List<CallTimes>();
        for (int number = 0; number < alone.Length; number++)
            times.Add(await CallTimes.MeasureAsync(guest, number, alone[number].Name, run.Rounds).ConfigureAwait(false));
        for (int number = 0; number < twice.Length; number++)
        {
            int share = alone.Length + number;
            string others = BenchGuest.MountOf(share + twice.Length);
            times.Add(await CallTimes.MeasureAsync(
                guest, share, $"{twice[number].Name}, used by another pod", run.Rounds, $"ls -l {others} > /dev/null && ").ConfigureAwait(false));
        }
        return times;
    }
}
