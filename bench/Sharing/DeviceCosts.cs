using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Sharing;

/// <summary>The same daemon on QEMU's own device and on the generic one, which has a window but one interrupt line instead of MSI-X.</summary>
/// <param name="Calls">Times of calls, one at a time.</param>
/// <param name="Rates">fio with O_DIRECT, 16 deep.</param>
public sealed record DeviceCosts(IReadOnlyList<CallTimes> Calls, IReadOnlyList<GuestRow> Rates)
{
    public const string Msi = "MSI-X (vhost-user-fs-pci)";
    public const string Intx = "INTx (vhost-user-test-device-pci)";

    internal static async Task<DeviceCosts> MeasureAsync(BenchFolders folders, SharingSystems ours, SharingRun run)
    {
        GuestSystem[] devices = [ours.OwnDevice(Msi), ours.GenericDevice(Intx)];
        await using BenchGuest guest = await BenchGuest.StartAsync(
            run.Tree, run.Tools, devices.Select(device => device.Share(CallTimes.MakeFolder(folders)))).ConfigureAwait(false);
        var calls = new List<CallTimes>();
        for (int number = 0; number < devices.Length; number++)
            calls.Add(await CallTimes.MeasureAsync(guest, number, devices[number].Name, run.Rounds).ConfigureAwait(false));
        var rates = new List<GuestRow>();
        foreach (FioTest test in FioTest.All.Where(test => test.Engine == "libaio" && test.Pattern.StartsWith("rand", System.StringComparison.Ordinal)))
        {
            var values = devices.ToDictionary(device => device.Name, _ => new List<double>());
            for (int round = 0; round < run.Rounds; round++)
            {
                for (int number = 0; number < devices.Length; number++)
                    values[devices[number].Name].Add(await guest.FioAsync(test, number, FioTest.FileMib, run.Seconds).ConfigureAwait(false));
            }
            var row = new GuestRow(test, values.ToDictionary(value => value.Key, value => new Series(value.Value)));
            rates.Add(row);
            row.Show("devices");
        }
        return new DeviceCosts(calls, rates);
    }
}
