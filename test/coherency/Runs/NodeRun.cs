using System;
using System.Diagnostics;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>Two pods and a process of the host on one folder.</summary>
internal static class NodeRun
{
    private const int Clients = 3;
    private const int HostNumber = 2;
    private const int PerRound = 1000;
    private const int Lead = 6;

    /// <summary>Boots two pods and runs all seeds.</summary>
    /// <param name="share">How the pods share a folder.</param>
    /// <param name="settings">How much is done.</param>
    /// <param name="maps">Whether files are also mapped.</param>
    /// <returns>What was found.</returns>
    public static async Task<Tally> RunAsync(Func<string, GuestShare> share, RunSettings settings, bool maps = false)
    {
        var tally = new Tally();
        foreach (var seed in settings.Seeds)
        {
            using var folder = new TestFolder();
            using var area = new SharedArea(Clients, PerRound, seed, Lead, maps);
            await using var first = await Pod.StartAsync(share(folder.Location), folder, area);
            await using var second = await Pod.StartAsync(share(folder.Location), folder, area);
            var watch = Stopwatch.StartNew();
            using var host = new HostClient(area, HostNumber, folder.Work);
            Task[] clients = [first.WorkAsync(0), second.WorkAsync(1), host.EndAsync()];
            await new ClientRun(area, folder.Work, Clients, HostNumber, seed).RunAsync(settings.Rounds(Clients * PerRound), tally, Task.WhenAny(clients).Unwrap());
            await Task.WhenAll(clients);
            tally.Spent += watch.Elapsed;
        }

        return tally;
    }
}
