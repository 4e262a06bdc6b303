using System;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.EndToEndTests.Volumes;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>Volumes with settings other than the defaults: attributes that guests may believe for a while, and maps that are refused.</summary>
public sealed class LeasedVolumeTests(NodeFixture fixture) : PodVolumeTest(fixture)
{
    private const int Times = 300;

    private string Volume => $"{PodFolder}/volumes/kubernetes.io~local-volume/data";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Directory.CreateDirectory(OnHost(Volume));
    }

    [Fact]
    public async Task Stat_of_what_one_pod_uses_asks_nothing_and_a_change_by_another_is_seen_at_once()
    {
        foreach (string name in new[] { "one", "two", "host" })
            await File.WriteAllTextAsync(OnHost($"{Volume}/{name}"), "");
        // A daemon of each kind: they share one table.
        const string leases = "\n  lease_validity_ms: 10000\n  lease_contention_ms: 2000";
        string one = await StartAsync("one", "dax: never" + leases);
        string two = await StartAsync("two", "dax: auto" + leases);
        string asks = await StartAsync("asks", "dax: never");

        Assert.InRange((await LookAsync(asks, "host")).Answers, Times, long.MaxValue);
        await AssertChangeIsSeenAsync(two, "one", by: one);
        await AssertChangeIsSeenAsync(one, "two", by: two);

        // What the host changes is seen when the lease has run out.
        await LookWithoutAskingAsync(two, "host");
        File.SetUnixFileMode(OnHost($"{Volume}/host"), UnixFileMode.UserRead);
        await Waiting.UntilAsync("the host's change is seen", TimeSpan.FromMinutes(2), async () => (await LookAsync(two, "host")).Mode == "400");
    }

    [Fact]
    public async Task Maps_that_would_be_stale_between_pods_are_refused_when_that_is_wanted()
    {
        await File.WriteAllTextAsync(OnHost($"{Volume}/file"), "text");
        string pod = await StartAsync("refuses", "dax: never\n  maps_without_dax: refuse");
        (await ShellAsync(pod, "probe maps /data/file; cp /data/file /file; probe maps /file; cp /bin/busybox /data/echo; /data/echo runs"))
            .Exits(0).Prints("shared: No such device, private: text\nshared: text, private: text\nruns");
    }

    private async Task AssertChangeIsSeenAsync(string user, string file, string by)
    {
        await LookWithoutAskingAsync(user, file);
        (await ShellAsync(by, $"chmod 600 /data/{file}")).Exits(0);
        Assert.Equal("600", (await LookAsync(user, file)).Mode);
    }

    // Nothing is believed for a moment after another looked into the folder.
    private async Task LookWithoutAskingAsync(string user, string file)
    {
        (string Mode, long Answers) last = default;
        await Waiting.UntilAsync(
            "it asks for nothing", TimeSpan.FromMinutes(2), async () => (last = await LookAsync(user, file)).Answers <= Times / 10, () => $"{last}");
    }

    private async Task<(string Mode, long Answers)> LookAsync(string container, string file)
    {
        string[] words = (await ShellAsync(container, $"probe look /data/{file} {Times}")).Exits(0).Text.Trim().Split(' ');
        return (words[0], long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private async Task<string> StartAsync(string name, string sharing)
    {
        string settings = $"{PodFolder}/{name}.yaml";
        await File.WriteAllTextAsync(OnHost(settings), $"sharing:\n  {sharing}\n");
        // /proc/interrupts is hidden from others.
        return await StartAsync(new ContainerOptions { Config = settings, Arguments = ["--privileged", .. Bind(Volume, "/data")] }, "sleep", "1000");
    }
}
