using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Checking;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.CoherencyTests.Model;
using KataShimNet.Linux;

namespace KataShimNet.CoherencyTests.Runs;

/// <summary>
/// Drives clients over one folder: round by round, each beginning with an empty folder, so that the checker may begin anew too and what it
/// needs stays small. A round is checked while the next one goes on.
/// </summary>
/// <param name="area">The memory of the clients.</param>
/// <param name="folder">The folder on the host.</param>
/// <param name="clients">How many clients there are.</param>
/// <param name="guests">So many of them, from the first one on, are in guests.</param>
/// <param name="seed">What the area was made with.</param>
/// <param name="believed">For how long guests may believe that what was there before the folder was emptied still is.</param>
internal sealed class ClientRun(SharedArea area, string folder, int clients, int guests, ulong seed, TimeSpan believed = default)
{
    // No call takes that long, however busy the machine.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1.5);

    // Linux 6.13 has multigrain timestamps.
    private readonly Rules _rules = new(Environment.OSVersion.Version >= new Version(6, 13), guests);

    // A folder for the histories of rounds with violations.
    private static readonly string? s_histories = Environment.GetEnvironmentVariable("KATANET_COHERENCY_HISTORIES");

    /// <summary>Runs rounds.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="tally">Receives what is found.</param>
    /// <param name="ended">Completes when a client ends, as none should.</param>
    public async Task RunAsync(int rounds, Tally tally, Task ended)
    {
        await UntilAsync(() => area.AreReady, ended);
        var checking = Task.CompletedTask;
        for (var round = 1; round <= rounds; round++)
        {
            Empty();
            await Task.Delay(believed);
            area.Begin(round);
            await UntilAsync(() => area.AreDone(round), ended);
            var records = area.Records();
            await checking;
            var number = round;
            checking = Task.Run(() => Check(number, records, tally));
        }

        await checking;
        area.Stop();
    }

    private void Check(int round, Record[] records, Tally tally)
    {
        var verdict = Checker.Check(records, clients, _rules);
        if (verdict.Violations.Count > 0 && s_histories is not null)
            File.WriteAllLines(
                Path.Combine(s_histories, $"seed-{seed}-round-{round}.txt"),
                verdict.Violations.Select(violation => $"{violation}").Concat(records.OrderBy(call => call.Begin).Select(HistoryText.Line)));
        tally.Add(seed, round, verdict, records.Count(call => call.Error == Errno.ESTALE), LeaseUse.Of(records, guests));
    }

    private void Empty()
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo inner)
                inner.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    // Memory that a virtual machine writes tells nobody that it changed: it has to be looked at.
    private async Task UntilAsync(Func<bool> condition, Task ended)
    {
        var (state, end) = ("", DateTime.UtcNow);
        while (!condition())
        {
            if (ended.IsCompleted && !condition())
            {
                await ended;
                throw new InvalidOperationException("a client ended early");
            }

            if (area.Describe() is var found && found != state)
                (state, end) = (found, DateTime.UtcNow + s_limit);
            else if (DateTime.UtcNow > end)
                throw new TimeoutException($"nobody got on for {s_limit.TotalSeconds:F0} s: seed {seed}, {state}");
            await Task.Delay(5);
        }
    }
}
