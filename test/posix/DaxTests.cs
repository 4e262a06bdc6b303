using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>Files that two guests and the host map at the same time are one memory; each rule that keeps QEMU alive has its case.</summary>
public sealed class DaxTests(DaxGuests guests, ITestOutputHelper output) : IClassFixture<DaxGuests>
{
    private const int Range = 2 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(8);

    // 20 million and more are for runs by hand.
    private static readonly long s_count =
        Environment.GetEnvironmentVariable("KATANET_DAX_COUNT") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 1_000_000;

    [Fact]
    public async Task What_two_guests_and_the_host_count_in_one_place_is_exact()
    {
        await File.WriteAllBytesAsync(guests["counter"], new byte[4096]);
        var first = guests.First.RunAsync($"katanet-dax count /mnt/test/counter 8 {s_count}", s_limit);
        var second = guests.Second.RunAsync($"katanet-dax count /mnt/test/counter 8 {s_count}", s_limit);
        var host = await Task.Run(() => Built.Run(Built.Program("katanet-dax"), "count", guests["counter"], "8", $"{s_count}"));
        output.WriteLine($"{(await first).Succeeded()}{(await second).Succeeded()}{host}");
        Assert.Equal(3 * s_count, ReadNumber(guests["counter"], 8));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(5000)]
    [InlineData((3 << 20) + 123)]
    public async Task A_file_of_any_size_is_mapped_and_keeps_its_size(int size)
    {
        var (name, content) = ($"size-{size}", RandomNumberGenerator.GetBytes(size));
        await File.WriteAllBytesAsync(guests[name], content);
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(content)), await In(guests.First, $"sha256sum /mnt/test/{name}"));
        // The end of the last page is there, and zero; what is stored there is in no file.
        Assert.Equal(Convert.ToHexStringLower(content[^3..]) + "0000", await In(guests.First, $"katanet-dax read /mnt/test/{name} {size - 3} 5"));
        Assert.Equal("BUS", await In(guests.First, $"katanet-dax read /mnt/test/{name} {(size + 4096) & ~4095} 1"));
        Assert.Equal("stored", await In(guests.First, $"katanet-dax write /mnt/test/{name} 0 HOST"));
        Assert.Equal("HOST", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(guests[name]), 0, 4));
        Assert.Equal("484f5354", await In(guests.Second, $"katanet-dax read /mnt/test/{name} 0 4"));
        Assert.Equal(size, new FileInfo(guests[name]).Length);
    }

    [Fact]
    public async Task What_is_appended_is_seen_in_a_range_that_is_mapped_already()
    {
        await File.WriteAllTextAsync(guests["log"], "one");
        Assert.Equal("6f6e65", await In(guests.First, "katanet-dax read /mnt/test/log 0 3"));
        await File.AppendAllTextAsync(guests["log"], new string('x', 5000));
        Assert.Equal("787878", await In(guests.First, "katanet-dax read /mnt/test/log 5000 3"));
        await In(guests.Second, "printf more >> /mnt/test/log");
        Assert.Equal("6d6f7265", await In(guests.First, "katanet-dax read /mnt/test/log 5003 4"));
    }

    // QEMU maps only what it may write, and a program that may be written cannot be started.
    [Theory]
    [InlineData("/mnt/fixed/plain")]
    [InlineData("/mnt/test/program")]
    public async Task What_may_not_be_written_is_read_without_being_mapped(string path)
    {
        var file = guests[Path.GetFileName(path)];
        await File.WriteAllTextAsync(file, "first");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | (path.EndsWith("program", StringComparison.Ordinal) ? UnixFileMode.UserExecute : 0));
        Assert.Equal("first", await In(guests.First, $"cat {path}"));
        await File.WriteAllTextAsync(file, "later");
        Assert.Equal("later", await In(guests.First, $"cat {path}"));
        // --cache=never keeps no pages that could be mapped instead.
        Assert.Contains("mmap: No such device", (await guests.First.RunAsync($"katanet-dax read {path} 0 5", s_limit)).Output);
    }

    [Fact]
    public async Task Storing_into_a_hole_for_which_there_is_no_room_fails_in_the_guest_alone()
    {
        await using (var hole = File.Create(Path.Combine(guests.Full, "hole")))
            hole.SetLength(Range);
        Built.Run("sh", "-c", $"head -c 4M /dev/zero > {guests.Full}/rest 2> /dev/null || true");
        Assert.Equal("BUS", await In(guests.First, "katanet-dax write /mnt/full/hole 4096 X"));
        File.Delete(Path.Combine(guests.Full, "rest"));
        Assert.Equal("stored", await In(guests.First, "katanet-dax write /mnt/full/hole 4096 X"));
    }

    [Fact]
    public async Task Nothing_is_lost_when_workers_are_killed_while_ranges_are_recycled()
    {
        const int ranges = 40;
        await using (var file = File.Create(guests["big"]))
            file.SetLength((long)ranges * Range);
        var first = guests.First.RunAsync($"katanet-dax touch /mnt/test/big {ranges} 4", s_limit);
        var second = guests.Second.RunAsync($"katanet-dax touch /mnt/test/big {ranges} 4", s_limit);
        var both = Task.WhenAll(first, second);
        var kills = 0;
        while (await Task.WhenAny(both, Task.Delay(300)) != both)
            kills += Kill(guests.First) + Kill(guests.Second);
        output.WriteLine($"{kills} workers killed\n{(await first).Succeeded()}{(await second).Succeeded()}");
        for (var i = 0; i < ranges; i++)
            Assert.Equal(8, ReadNumber(guests["big"], (long)i * Range));
    }

    [Fact]
    public async Task Stopping_and_going_on_harms_nothing()
    {
        await File.WriteAllBytesAsync(guests["stopped"], new byte[4096]);
        var counts = guests.Second.RunAsync($"katanet-dax count /mnt/test/stopped 0 {s_count}", s_limit);
        using (var monitor = await guests.Second.OpenMonitorAsync())
        {
            for (var i = 0; i < 10; i++)
            {
                await monitor.RunAsync("stop");
                await monitor.RunAsync("cont");
            }
        }

        (await counts).Succeeded();
        Assert.Equal(s_count, ReadNumber(guests["stopped"], 0));
        Assert.Equal("stored", await In(guests.Second, "katanet-dax write /mnt/test/stopped 100 after"));
    }

    private static async Task<string> In(GuestMachine guest, string command) => (await guest.RunAsync(command, s_limit)).Succeeded().Trim();

    private static long ReadNumber(string path, long offset)
    {
        using var file = File.OpenRead(path);
        file.Position = offset;
        Span<byte> number = stackalloc byte[8];
        file.ReadExactly(number);
        return BitConverter.ToInt64(number);
    }

    private static int Kill(GuestMachine guest)
    {
        var killed = 0;
        foreach (var child in guest.Shares[0].Daemon!.Processes())
        {
            try
            {
                if (File.ReadAllText($"/proc/{child}/comm").Trim() != "fsd-worker")
                    continue;
                using var worker = Process.GetProcessById(child);
                worker.Kill();
                killed++;
            }
            catch (Exception e) when (e is IOException or ArgumentException)
            {
                // It has ended since it was listed: one that was killed the last time.
            }
        }

        return killed;
    }
}
