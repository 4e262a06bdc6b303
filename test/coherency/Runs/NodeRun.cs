using System;
using System.Diagnostics;
using System.Threading.Tasks;
using KataShimNet.TestGuest.Shares;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>Two pods, and a process of the host or none, on one folder.</summary>
/// <param name="share">How the pods share a folder: called for each.</param>
/// <param name="settings">How much is done.</param>
internal sealed class NodeRun(Func<string, GuestShare> share, RunSettings settings)
{
    private const int Pods = 2;
    private const int Lead = 6;

    private readonly Stopwatch _watch = new();
    private readonly Tally _tally = new();

    /// <summary>Whether files are also mapped.</summary>
    public bool Maps { get; init; }

    /// <summary>What guests may believe; null for nothing.</summary>
    public Leasing? Leasing { get; init; }

    /// <summary>What happens to the pods meanwhile.</summary>
    public Disturbance Disturbance { get; init; }

    /// <summary>How long a pod stands still then.</summary>
    public TimeSpan Length { get; init; }

    /// <summary>Runs all seeds, each with two pods of its own.</summary>
    /// <returns>What was found.</returns>
    public async Task<Tally> RunAsync()
    {
        _watch.Start();
        await Parallel.ForEachAsync(
            settings.Seeds,
            new ParallelOptions { MaxDegreeOfParallelism = settings.AtOnce },
            async (seed, _) => await RunAsync(seed));
        return _tally;
    }

    private async Task RunAsync(ulong seed)
    {
        var clients = Leasing is { Host: false } ? Pods : Pods + 1;
        using var folder = new TestFolder();
        using var area = new SharedArea(clients, settings.PerRound, seed, Lead, Maps, Leasing);
        await using var first = await Pod.StartAsync(share(folder.Location), folder, area);
        await using var second = await Pod.StartAsync(share(folder.Location), folder, area);
        using var host = clients > Pods ? new HostClient(area, Pods, folder.Work) : null;
        Task[] work = [first.WorkAsync(0), second.WorkAsync(1), .. host is null ? Array.Empty<Task>() : [host.EndAsync()]];
        var disturber = new Disturber([first, second], Disturbance, Length);
        var rounds = new ClientRun(area, folder.Work, clients, Pods, seed, Leasing?.Believed ?? default)
            .RunAsync(settings.Rounds(clients * settings.PerRound), _tally, Task.WhenAny(work).Unwrap());
        await disturber.RunAsync(rounds);
        try
        {
            await rounds;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{first.Report()}\n{second.Report()}", e);
        }

        await Task.WhenAll(work);
        var use = await first.MeasureAsync() + await second.MeasureAsync() + area.Noted(0) + area.Noted(1);
        _tally.Add(use, disturber.Count, _watch.Elapsed);
    }
}
