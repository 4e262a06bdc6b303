using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

// Files mapped by several (MAP_SHARED): one memory for all.
public sealed partial class SharingTests
{
    private const int PagesFile = (512 + (128 * 1024)) * 8;

    [Theory]
    [InlineData(Sharers.ContainersOfAPod)]
    [InlineData(Sharers.Pods)]
    [InlineData(Sharers.PodAndHost)]
    [InlineData(Sharers.PodsAndHost)]
    public async Task Atomic_additions_to_one_word_are_exact(Sharers sharers)
    {
        Party[] parties = pods.Of(sharers);
        string file = pods.NewFile(4096);
        string sum = ((long)parties.Length * s_increments).ToString(CultureInfo.InvariantCulture);
        CommandResult[] results = await TogetherAsync(parties, party => party.RunAsync(
            s_counting, "counter", party.Path(file), parties.Length.ToString(CultureInfo.InvariantCulture), s_increments.ToString(CultureInfo.InvariantCulture)));
        Assert.All(results, result => result.Prints(sum));
    }

    [Theory]
    [InlineData(Sharers.ContainersOfAPod)]
    [InlineData(Sharers.Pods)]
    [InlineData(Sharers.PodAndHost)]
    public async Task Messages_through_a_ring_arrive_all_and_in_order(Sharers sharers)
    {
        string count = (s_increments / 20).ToString(CultureInfo.InvariantCulture);
        Party[] parties = pods.Of(sharers);
        foreach (Party sender in parties)
        {
            string file = pods.NewFile(65536);
            CommandResult[] results = await TogetherAsync(parties, party => party.RunAsync(s_counting, "ring", party == sender ? "send" : "receive", party.Path(file), count));
            Assert.All(results, result => result.Prints(count));
        }
    }

    [Fact]
    public async Task What_a_killed_pod_stored_into_mapped_pages_is_there_for_the_next()
    {
        string file = pods.NewFile(PagesFile);
        Pod victim = await pods.RunPodAsync();
        PodContainer container = await SharingPods.StartAsync(victim, "pages", "store", $"{SharingPods.Mounted}/{file}", "0");
        await Waiting.UntilAsync("it has stored more than the file holds", System.TimeSpan.FromMinutes(2), () => Task.FromResult(container.Log().Count > 4));
        await KillAsync(victim);
        await container.WaitForExitAsync();
        long promised = container.Log().Select(line => long.Parse(line, CultureInfo.InvariantCulture)).Max();

        long stored = LastNumber((await pods.Other.RunAsync("pages", "check", pods.Other.Path(file), "map")).Text);
        Assert.True(stored >= promised, $"{stored} words, but it said {promised}");
        (await pods.Host.RunAsync("pages", "check", pods.Host.Path(file), "read")).Prints(stored.ToString(CultureInfo.InvariantCulture));

        long next = LastNumber((await pods.Other.RunAsync("pages", "store", pods.Other.Path(file), "1")).Text);
        Assert.True(next > stored, $"{next} words after {stored}");
        (await pods.First.RunAsync("pages", "check", pods.First.Path(file), "map")).Prints(next.ToString(CultureInfo.InvariantCulture));
        (await pods.Host.RunAsync("pages", "check", pods.Host.Path(file), "read")).Prints(next.ToString(CultureInfo.InvariantCulture));
        await victim.RemoveAsync();
    }
}
