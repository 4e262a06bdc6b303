using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Runs;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.CoherencyTests;

/// <summary>
/// Two pods and a process of the host do random calls in one folder. KATANET_COHERENCY_OPERATIONS and KATANET_COHERENCY_SEEDS make the runs
/// longer and repeat them; KATANET_COHERENCY_FSD has more options for both daemons, with blanks between them.
/// </summary>
public sealed class PodTests(ITestOutputHelper output)
{
    private const int Usual = 9_000;

    // Machines that stand still half the time, and wait for one another, do some ten calls a second.
    private const int Disturbed = 600;

    private static readonly string[] s_options =
        Environment.GetEnvironmentVariable("KATANET_COHERENCY_FSD")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    [Fact]
    [Trait("Run", "long")]
    public async Task A_shared_volume_is_linearizable()
    {
        var tally = await NodeRun.RunAsync(_ => new ExportShare(Built.Fsd, s_options), RunSettings.FromEnvironment(Usual));
        output.WriteLine($"{tally}");
        Assert.True(tally.Violations == 0, $"{tally}");
    }

    /// <summary>Between pods: a process of the host waits for no lease, and what it changes is seen when the lease has run out.</summary>
    [Fact]
    public Task Two_pods_that_cache_under_leases_are_linearizable() =>
        // Where all meet, changes wait for leases again and again.
        RunLeasedAsync(marginMs: 1000, Usual / 3, Disturbance.None, default);

    /// <summary>A guest's clock lags while the host has other work for its processors: the margin is for that.</summary>
    [Fact]
    public Task So_they_are_when_their_processors_starve_for_less_than_the_margin() =>
        RunLeasedAsync(marginMs: 1500, Disturbed, Disturbance.Starved, TimeSpan.FromMilliseconds(700));

    /// <summary>A stopped machine's clock lags by all of that time; so its leases run out before.</summary>
    [Fact]
    public Task So_they_are_when_QEMU_stops_them_after_their_leases_ran_out() =>
        RunLeasedAsync(marginMs: 1000, Disturbed, Disturbance.Stopped, TimeSpan.FromSeconds(2));

    private async Task RunLeasedAsync(int marginMs, int operations, Disturbance disturbance, TimeSpan length)
    {
        const int validityMs = 300;
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            var tally = await NodeRun.RunAsync(
                _ => new ExportShare(Built.Fsd, "--coherency-dir", node, "--leases", $"{validityMs},{marginMs},2000"),
                RunSettings.FromEnvironment(Usual) with { Operations = operations, PerRound = int.Min(1000, operations / 2) },
                believed: TimeSpan.FromMilliseconds(validityMs + marginMs),
                disturbance: disturbance,
                length: length);
            output.WriteLine($"{tally}");
            Assert.True(tally.Violations == 0, $"{tally}");
            Assert.True(disturbance == Disturbance.None || tally.Disturbances >= 4, $"nothing was tried: {tally}");
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    /// <summary>The checker bites: what a guest caches for a second is wrong for the others.</summary>
    [Fact]
    public async Task With_virtiofsd_it_is_not()
    {
        var tally = await NodeRun.RunAsync(folder => new VirtiofsdShare(folder, "--cache=auto"), RunSettings.FromEnvironment(Usual) with { Operations = Usual });
        output.WriteLine($"{tally}");
        Assert.True(tally.Violations > 0, $"{tally}");
    }
}
