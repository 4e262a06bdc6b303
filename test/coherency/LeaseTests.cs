using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Runs;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.CoherencyTests;

/// <summary>
/// Two pods that cache under leases, and a process of the host. It waits for no lease; what it changes is seen when validity and margin are
/// over: its calls end then. KATANET_COHERENCY_LEASES has other times: validity, margin and contention, in milliseconds.
/// </summary>
public sealed class LeaseTests(ITestOutputHelper output)
{
    private const int Usual = 2_400;

    // Machines that stand still half the time, and wait for one another, do some ten calls a second.
    private const int Disturbed = 600;

    // Waiting takes no processor, so another seed can work meanwhile; more than two are too many machines for two processors.
    private const int AtOnce = 2;

    // Each is a lease that a guest had when another client changed what it is for. Where all meet there are few others: nothing is believed
    // for a while after each.
    private const int LeastWaits = 20;

    private static readonly Leasing s_leasing = FromEnvironment();

    [Fact]
    [Trait("Run", "leased")]
    public async Task Two_pods_and_the_host_are_linearizable()
    {
        var settings = RunSettings.FromEnvironment(Usual);
        var tally = await RunAsync(s_leasing, settings with { AtOnce = AtOnce, PerRound = settings.Operations > Usual ? 1000 : 200 });
        Assert.True(tally.Violations == 0, $"{tally}");
        Assert.True(tally.Use.Waits >= LeastWaits, $"leases were hardly given: {tally}");
    }

    /// <summary>The checker bites: daemons that do not know of one another let their guests believe what the other changes.</summary>
    [Fact]
    public async Task Two_pods_whose_daemons_share_no_table_are_not()
    {
        var tally = await RunAsync(s_leasing, RunSettings.FromEnvironment(Usual) with { Operations = Usual, PerRound = 200 }, tables: 2);
        Assert.True(tally.Violations > 0, $"{tally}");
    }

    /// <summary>A guest's clock lags while the host has other work for its processors: the margin is for that.</summary>
    [Fact]
    public Task They_are_when_their_processors_starve_for_less_than_the_margin() =>
        DisturbAsync(marginMs: 1500, Disturbance.Starved, TimeSpan.FromMilliseconds(700));

    /// <summary>A stopped machine's clock lags by all of that time; so its leases run out before.</summary>
    [Fact]
    public Task They_are_when_QEMU_stops_them_after_their_leases_ran_out() =>
        DisturbAsync(marginMs: 1000, Disturbance.Stopped, TimeSpan.FromSeconds(2));

    private async Task DisturbAsync(int marginMs, Disturbance disturbance, TimeSpan length)
    {
        var settings = RunSettings.FromEnvironment(Disturbed) with { Operations = Disturbed, PerRound = Disturbed / 2 };
        var tally = await RunAsync(Leasing.Of(300, marginMs, 2000) with { Host = false }, settings, disturbance, length);
        Assert.True(tally.Violations == 0, $"{tally}");
        Assert.True(tally.Disturbances >= 4, $"nothing was tried: {tally}");
    }

    private async Task<Tally> RunAsync(Leasing leasing, RunSettings settings, Disturbance disturbance = default, TimeSpan length = default, int tables = 1)
    {
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            var daemons = 0;
            var run = new NodeRun(
                _ => new ExportShare(Built.Fsd, leasing.Options(Directory.CreateDirectory($"{node}/{Interlocked.Increment(ref daemons) % tables}").FullName)),
                settings)
            {
                Leasing = leasing,
                Disturbance = disturbance,
                Length = length,
            };
            var tally = await run.RunAsync();
            output.WriteLine($"{tally}");
            return tally;
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    private static Leasing FromEnvironment()
    {
        var times = Array.ConvertAll((Environment.GetEnvironmentVariable("KATANET_COHERENCY_LEASES") is { Length: > 0 } text ? text : "30,270,100").Split(','), int.Parse);
        return Leasing.Of(times[0], times[1], times[2]);
    }
}
