using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class ManyTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // Go returns memory late, and what a garbage collection has not yet taken is no leak: a leak of 50 sandboxes is larger.
    private const long AllowedGrowth = 8 << 20;

    [Fact]
    public async Task Eight_at_once_all_finish_right()
    {
        ContainerOptions options = new() { Timeout = TimeSpan.FromMinutes(5) };
        CommandResult[] results = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(n => RunAsync(options, "sh", "-c", $"echo number {n}; exit {n}")));
        for (int n = 1; n <= 8; n++)
        {
            results[n - 1].Exits(n).Prints($"number {n}");
        }
    }

    [Fact]
    public async Task Fifty_in_a_row_leave_nothing_behind()
    {
        LeakCheck leaks = await LeakCheck.BeginAsync(Node);
        long memory = 0;
        for (int n = 1; n <= 50; n++)
        {
            string id = $"row-{n}";
            (await RunAsync(new ContainerOptions { Id = id }, "echo", id)).Exits(0).Prints(id);
            // The first ones fill containerd's caches.
            if (n == 10)
            {
                memory = ContainerdMemory();
            }
        }

        Assert.Empty(await leaks.FindAsync());
        long growth = ContainerdMemory() - memory;
        Assert.True(growth <= AllowedGrowth, $"containerd grew by {growth >> 10} KiB in 40 containers");
    }

    private long ContainerdMemory() =>
        long.Parse(
            File.ReadLines($"/proc/{Node.ContainerdPid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture) << 10;
}
