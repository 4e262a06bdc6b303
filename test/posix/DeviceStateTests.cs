using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using KataShimNet.TestGuest.Shares;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>A real QEMU that pauses, goes on, resets and boots again under random operations, while workers of the daemon die.</summary>
public sealed class DeviceStateTests(ITestOutputHelper output)
{
    private const int Seconds = 15;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pauses_deaths_and_a_reset_lose_nothing(bool packed)
    {
        using var folder = new TestFolder();
        await using var guest = await GuestMachine.StartAsync(new GuestOptions
        {
            Tree = Built.Tree,
            Kernel = Built.Kernel,
            Reboots = true,
            Shares = [new FsdShare(Built.Fsd, folder.Location, "--cache=auto") { Queues = 2, Packed = packed }],
            Files = new Dictionary<string, byte[]> { ["/usr/bin/katanet-stress"] = await File.ReadAllBytesAsync(Built.Program("katanet-stress")) },
        });
        using var monitor = await guest.OpenMonitorAsync();

        var kills = await DisturbAsync(guest, monitor, guest.RunAsync($"katanet-stress /mnt/test/file {Seconds}", s_limit));
        output.WriteLine($"{kills} workers died");
        Assert.True(kills >= 5, $"only {kills} workers died: nothing was tried\n{guest.Report()}");

        // What the first life of the guest held is given up: its inodes, its handles, its session.
        await monitor.RunAsync("system_reset");
        await guest.MountAsync();
        var again = await guest.RunAsync("rm /mnt/test/file && katanet-stress /mnt/test/again 3", s_limit);
        Assert.True(again.ExitCode == 0, $"{again.Output}\n{guest.Report()}");
        Assert.Equal(["again"], Directory.GetFileSystemEntries(folder.Location).Select(path => Path.GetFileName(path)));
    }

    // Returns how many workers were killed.
    private static async Task<int> DisturbAsync(GuestMachine guest, QmpConnection monitor, Task<GuestResult> work)
    {
        var kills = 0;
        for (var turn = 0; !work.IsCompleted; turn++)
        {
            // Of three turns one pauses, one kills, and one kills during a pause.
            if (turn % 3 != 0)
                await monitor.RunAsync("stop");
            if (turn % 3 != 1 && KillWorker(guest))
                kills++;
            if (turn % 3 != 0)
                await monitor.RunAsync("cont");
            await Task.WhenAny(work, Task.Delay(200));
        }

        var result = await work;
        Assert.True(result.ExitCode == 0, $"after {kills} deaths:\n{result.Output}\n{guest.Report()}");
        return kills;
    }

    // False when one has just died and the next has not begun.
    private static bool KillWorker(GuestMachine guest)
    {
        var worker = guest.Shares[0].Daemon!.Processes().FirstOrDefault(pid => CommandOf(pid) == "fsd-worker");
        using var process = worker == 0 ? null : PidFd.TryOpen(worker);
        return process is not null && process.Kill(9);
    }

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim();
        }
        catch (Exception e) when (e is IOException)
        {
            return "";
        }
    }
}
