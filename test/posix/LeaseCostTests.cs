using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>What a guest asks of a shared volume that nobody else uses: the daemon counts its requests.</summary>
public sealed class LeaseCostTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Stat_of_a_file_that_nobody_else_uses_asks_nothing()
    {
        using var folder = new TestFolder();
        var path = Directory.CreateDirectory($"{folder.Location}/1").FullName;
        for (var file = 1; file <= 3; file++)
            await File.WriteAllTextAsync($"{path}/{file}", "");
        var node = Directory.CreateDirectory($"/dev/shm/katanet-node-{Guid.NewGuid():N}").FullName;
        try
        {
            await using var guest = await GuestMachine.StartAsync(new GuestOptions
            {
                Tree = Built.Tree,
                Kernel = Built.Kernel,
                // As long as the test, on any machine.
                Shares = [new ExportShare(Built.Fsd, "--coherency-dir", node, "--leases", "30000,1000,10000")],
            });
            using var root = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, folder.Location, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open", folder.Location);
            await guest.Shares[0].Control!.AddExportAsync("v", new ExportPolicy(CoherencyClass.Shared, ReadOnly: false), root);
            var volume = $"{guest.Shares[0].MountPoint}/v";

            // The name of the export itself is not kept, and the shell goes through it.
            await RequestsAsync(guest, $"cd {volume}/1; stat 1 2 3 > /dev/null");
            var stats = await RequestsAsync(guest, $"cd {volume}/1; for i in $(seq 100); do stat 1 2 3 > /dev/null; done");
            var nothing = await RequestsAsync(guest, $"cd {volume}/1");
            output.WriteLine($"300 times stat: {stats} requests; to get there: {nothing}");
            Assert.InRange(stats, 0, nothing + 1);
        }
        finally
        {
            Directory.Delete(node, recursive: true);
        }
    }

    private static async Task<long> RequestsAsync(GuestMachine guest, string command)
    {
        var control = guest.Shares[0].Control!;
        var before = (await control.GetStatusAsync()).Requests;
        (await guest.RunAsync(command, s_limit)).Succeeded();
        return (await control.GetStatusAsync()).Requests - before;
    }
}
