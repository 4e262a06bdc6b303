using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using KataShimNet.PosixTests.Places;
using KataShimNet.TestGuest;
using KataShimNet.TestGuest.Machines;
using Xunit;

namespace KataShimNet.PosixTests;

/// <summary>Files that one guest has mapped while another, or the host, makes them shorter and longer: nobody's machine ends.</summary>
public sealed class CutTests(CutGuests guests, ITestOutputHelper output) : IClassFixture<CutGuests>
{
    private const int Size = 4 << 20;
    private const int Place = 3 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(8);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_cut_off_is_gone_at_once_and_what_grows_is_seen(bool byHost)
    {
        var name = $"follow-{byHost}";
        await FillAsync(name);
        var seen = Channel.CreateUnbounded<string>();
        var follow = guests.First.RunAsync($"katanet-dax follow /mnt/test/{name} {Place} 61 00 62 00 63", s_limit, line => seen.Writer.TryWrite(line));
        await NextAsync(seen, follow, "61");
        await Run(byHost, $"truncate -s 5000 {name}");
        await NextAsync(seen, follow, "00");
        await Run(byHost, $"printf b | dd of={name} bs=1 seek={Place} conv=notrunc status=none");
        await NextAsync(seen, follow, "62");
        await Run(byHost, $": > {name}");
        await NextAsync(seen, follow, "00");
        await Run(byHost, $"head -c {Size} /dev/zero | tr '\\0' c >> {name}");
        await NextAsync(seen, follow, "63");
        (await follow).Succeeded();
    }

    [Fact]
    public async Task A_hole_is_seen_and_can_be_filled()
    {
        await FillAsync("hole");
        var seen = Channel.CreateUnbounded<string>();
        var follow = guests.First.RunAsync($"katanet-dax follow /mnt/test/hole {Place} 61 00 62", s_limit, line => seen.Writer.TryWrite(line));
        await NextAsync(seen, follow, "61");
        await Run(false, $"fallocate -p -o {1 << 20} -l {Size} hole");
        await NextAsync(seen, follow, "00");
        await Run(false, $"printf b | dd of=hole bs=1 seek={Place} conv=notrunc status=none");
        await NextAsync(seen, follow, "62");
        (await follow).Succeeded();
        Assert.Equal(Size, new FileInfo(guests["hole"]).Length);
    }

    [Fact]
    public async Task Nobody_ends_while_all_cut_and_store()
    {
        await FillAsync("held");
        var holds = new TaskCompletionSource();
        var hold = guests.First.RunAsync($"katanet-dax hold /mnt/test/held {Size} /mnt/test/stop", s_limit, line =>
        {
            output.WriteLine(line);
            holds.TrySetResult();
        });
        await await Task.WhenAny(holds.Task, hold);
        for (var i = 0; i < 10; i++)
        {
            await Run(false, $"truncate -s {i * 100_000} held && truncate -s {Size} held");
            await Run(true, $"truncate -s {i * 50_000} held && truncate -s {Size} held && : > held && truncate -s {Size} held");
        }

        output.WriteLine((await guests.Second.RunAsync($"katanet-dax cut /mnt/test/held {Size} 4096 20", s_limit)).Succeeded());
        await File.WriteAllTextAsync(guests["stop"], "");
        (await hold).Succeeded();
        Assert.True(guests.First.Qemu.IsRunning && guests.Second.Qemu.IsRunning);
    }

    // Nobody tells a guest of it that maps nothing of the file yet: it goes on taking it for as long as it was.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_guest_that_maps_the_last_range_of_a_file_that_was_cut_before_does_not_end_by_what_it_takes_it_for(bool byHost)
    {
        var name = $"stale-{byHost}";
        await FillAsync(name);
        var seen = Channel.CreateUnbounded<string>();
        var stale = guests.First.RunAsync($"katanet-dax stale /mnt/test/{name} {Size} {Place + 500_000} /mnt/test/{name}.begin", s_limit, line => seen.Writer.TryWrite(line));
        await NextAsync(seen, stale, "mapped");
        await Run(byHost, $"truncate -s {Place + 5000} {name}");
        await File.WriteAllTextAsync(guests[$"{name}.begin"], "");
        await NextAsync(seen, stale, "00");
        (await stale).Succeeded();

        // What it stored there is in no file, and when that grows it is the file again.
        Assert.Equal(Place + 5000, new FileInfo(guests[name]).Length);
        await Run(byHost, $"truncate -s {Size} {name}");
        Assert.Equal("0000", (await guests.First.RunAsync($"katanet-dax read /mnt/test/{name} {Place + 500_000} 2", s_limit)).Succeeded().Trim());
    }

    private async Task Run(bool byHost, string command)
    {
        var start = Stopwatch.GetTimestamp();
        if (byHost)
            Built.Run("sh", "-ec", $"cd {Path.GetDirectoryName(guests["x"])}; {command}");
        else
            (await guests.Second.RunAsync($"cd /mnt/test; {command}", s_limit)).Succeeded();
        output.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms by {(byHost ? "the host" : "the second guest")}: {command}");
    }

    private Task FillAsync(string name) => File.WriteAllBytesAsync(guests[name], [.. System.Linq.Enumerable.Repeat((byte)'a', Size)]);

    private static async Task NextAsync(Channel<string> seen, Task<GuestResult> follow, string expected)
    {
        using var limit = new CancellationTokenSource(s_limit);
        var next = seen.Reader.ReadAsync(limit.Token).AsTask();
        if (await Task.WhenAny(next, follow) == follow && !next.IsCompleted)
            Assert.Fail($"the guest ended: {(await follow).Output}");
        Assert.Equal(expected, (await next).Trim());
    }
}
