using System;
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

    private static readonly string[] s_options =
        Environment.GetEnvironmentVariable("KATANET_COHERENCY_FSD")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    [Fact]
    [Trait("Run", "long")]
    public async Task A_shared_volume_is_linearizable()
    {
        var tally = await new NodeRun(_ => new ExportShare(Built.Fsd, s_options), RunSettings.FromEnvironment(Usual)).RunAsync();
        output.WriteLine($"{tally}");
        Assert.True(tally.Violations == 0, $"{tally}");
        // That what guests need is not counted too high.
        Assert.True(tally.Use.Believed <= 0, $"without leases something was believed: {tally}");
    }

    /// <summary>The checker bites: what a guest caches for a second is wrong for the others.</summary>
    [Fact]
    public async Task With_virtiofsd_it_is_not()
    {
        var settings = RunSettings.FromEnvironment(Usual) with { Operations = Usual };
        var tally = await new NodeRun(folder => new VirtiofsdShare(folder, "--cache=auto"), settings).RunAsync();
        output.WriteLine($"{tally}");
        Assert.True(tally.Violations > 0, $"{tally}");
    }
}
