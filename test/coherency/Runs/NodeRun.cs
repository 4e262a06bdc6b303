using System;
using System.Diagnostics;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>Two pods, and a process of the host or none, on one folder.</summary>
internal static class NodeRun
{
    private const int Pods = 2;
    private const int Lead = 6;

    /// <summary>Boots two pods and runs all seeds.</summary>
    /// <param name="share">How the pods share a folder.</param>
    /// <param name="settings">How much is done.</param>
    /// <param name="maps">Whether files are also mapped.</param>
    /// <param name="believed">For how long guests may believe what the host changes: it takes no part then, and waits as long after it has emptied the folder.</param>
    /// <param name="disturbance">What happens to the pods meanwhile.</param>
    /// <param name="length">How long a pod stands still then.</param>
    /// <returns>What was found.</returns>
    public static async Task<Tally> RunAsync(
        Func<string, GuestShare> share, RunSettings settings, bool maps = false, TimeSpan believed = default,
        Disturbance disturbance = Disturbance.None, TimeSpan length = default)
    {
        var clients = believed == default ? Pods + 1 : Pods;
        var tally = new Tally();
        foreach (var seed in settings.Seeds)
        {
            using var folder = new TestFolder();
            using var area = new SharedArea(clients, settings.PerRound, seed, Lead, maps);
            await using var first = await Pod.StartAsync(share(folder.Location), folder, area);
            await using var second = await Pod.StartAsync(share(folder.Location), folder, area);
            var watch = Stopwatch.StartNew();
            using var host = clients > Pods ? new HostClient(area, Pods, folder.Work) : null;
            Task[] work = [first.WorkAsync(0), second.WorkAsync(1), .. host is null ? Array.Empty<Task>() : [host.EndAsync()]];
            var disturber = new Disturber([first, second], disturbance, length);
            var rounds = new ClientRun(area, folder.Work, clients, Pods, seed, believed).RunAsync(settings.Rounds(clients * settings.PerRound), tally, Task.WhenAny(work).Unwrap());
            await disturber.RunAsync(rounds);
            await rounds;
            await Task.WhenAll(work);
            tally.Disturbances += disturber.Count;
            tally.Spent += watch.Elapsed;
        }

        return tally;
    }
}
