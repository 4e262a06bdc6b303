using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Runs;
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
        var tally = await NodeRun.RunAsync(_ => new ExportShare(Built.Fsd, s_options), RunSettings.FromEnvironment(Usual));
        output.WriteLine($"{tally}");
        Assert.True(tally.Violations == 0, $"{tally}");
    }

    /// <summary>Between pods: a process of the host waits for no lease, and what it changes is seen when the lease has run out.</summary>
    [Fact]
    public async Task Two_pods_that_cache_under_leases_are_linearizable()
    {
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            var tally = await NodeRun.RunAsync(
                _ => new ExportShare(Built.Fsd, "--coherency-dir", node, "--leases", "300,1000,2000"),
                // Where all meet, changes wait for leases again and again.
                RunSettings.FromEnvironment(Usual) with { Operations = Usual / 3 },
                believed: TimeSpan.FromMilliseconds(1300));
            output.WriteLine($"{tally}");
            Assert.True(tally.Violations == 0, $"{tally}");
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
