using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.CoherencyTests.Runs;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.CoherencyTests;

/// <summary>A machine that QEMU stops for longer than a lease and its margin: step by step, so that what it believes afterwards is certain.</summary>
public sealed class StopTests
{
    // The guest asks, and asks again after it was stopped, in far less of its own time.
    private const int ValidityMs = 15_000;
    private const int MarginMs = 1000;

    /// <summary>Why whoever stops a machine has its leases run out before: without that the guest is wrong, as nothing but its clock tells it.</summary>
    [Theory]
    [InlineData(true, "600")]
    [InlineData(false, "644")]
    public async Task What_changed_meanwhile_is_seen_when_leases_ran_out_before_and_not_otherwise(bool suspend, string seen)
    {
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            using var folder = new TestFolder();
            using var area = new SharedArea(2, 1, seed: 1, lead: 1, maps: false);
            await using var first = await StartAsync(node, folder, area);
            await using var second = await StartAsync(node, folder, area);
            await File.WriteAllTextAsync(Path.Combine(folder.Work, "file"), "");
            Assert.Equal("644", await first.RunAsync("stat -c %a file"));
            await first.StopAsync(suspend);
            // Waits until nobody can believe anything else, by the host's clock.
            await second.RunAsync("chmod 600 file");
            await first.ContinueAsync();
            Assert.Equal(seen, await first.RunAsync("stat -c %a file"));
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    private static Task<Pod> StartAsync(string node, TestFolder folder, SharedArea area) =>
        Pod.StartAsync(new ExportShare(Built.Fsd, "--coherency-dir", node, "--leases", $"{ValidityMs},{MarginMs},2000"), folder, area);
}
