using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

// SQLite in WAL mode (a mapped -shm file, fcntl locks) and LMDB (a mapped data file). Not between a pod and the host: their files grow, and of what the
// host appends pods are told a moment later.
public sealed partial class SharingTests
{
    private const int ShortSeconds = 5;

    [Theory]
    [InlineData(Sharers.ContainersOfAPod)]
    [InlineData(Sharers.Pods)]
    public async Task Writers_and_readers_of_one_SQLite_database_agree(Sharers sharers)
    {
        string database = $"{pods.NewFolder()}/db";
        await WriteAndReadAsync(pods.Of(sharers), ShortSeconds, "rows", party => [party.Path(database)]);
    }

    [Fact]
    public async Task SQLite_loses_no_row_when_a_pod_is_killed()
    {
        string database = $"{pods.NewFolder()}/db";
        await WriteReadAndKillAsync(s_seconds, "rows", volume => [$"{volume}/{database}"]);
    }

    [Theory]
    [InlineData(Sharers.ContainersOfAPod, "own")]
    [InlineData(Sharers.ContainersOfAPod, "fcntl-map")]
    [InlineData(Sharers.Pods, "fcntl-map")]
    public async Task Writers_and_readers_of_one_LMDB_agree(Sharers sharers, string locking)
    {
        string folder = pods.NewFolder();
        await WriteAndReadAsync(pods.Of(sharers), ShortSeconds, "pairs", party => [party.Path(folder), locking]);
    }

    [Fact]
    public async Task LMDB_loses_no_pair_when_a_pod_is_killed()
    {
        string folder = pods.NewFolder();
        await WriteReadAndKillAsync(s_seconds, "pairs", volume => [$"{volume}/{folder}", "fcntl"]);
    }

    [Fact]
    public async Task LMDBs_robust_mutex_outlives_the_container_that_held_it()
    {
        string folder = pods.NewFolder();
        (await pods.First.RunAsync("pairs", "write", pods.First.Path(folder), "own", "before", "1")).Exits(0);
        PodContainer holder = await SharingPods.StartAsync(pods.First.Container.Pod, "pairs", "hold", pods.First.Path(folder), "own");
        await holder.WaitForLogAsync("held");
        Task<CommandResult> waiting = pods.First.RunAsync("pairs", "write", pods.First.Path(folder), "own", "after", "1");
        await holder.StopAsync();
        await waiting;
        Assert.Equal(["after", "before"], (await CheckAsync(pods.Beside, "pairs", [pods.Beside.Path(folder), "own"])).Keys.Order(StringComparer.Ordinal));
        await holder.RemoveAsync();
    }

    /// <summary>All write and read at once; then each finds everything that was written.</summary>
    private static async Task WriteAndReadAsync(Party[] parties, int seconds, string program, Func<Party, string[]> where)
    {
        // SQLite does not wait for its turn where several would make the same database one in WAL mode.
        await CheckAsync(parties[0], program, where(parties[0]));
        TimeSpan length = TimeSpan.FromSeconds(seconds);
        string text = seconds.ToString(CultureInfo.InvariantCulture);
        Task<CommandResult[]> readers = TogetherAsync(parties, party => party.RunAsync(length, program, ["read", .. where(party), text]));
        CommandResult[] writers = await TogetherAsync(parties, party => party.RunAsync(length, program, ["write", .. where(party), party.Name, text]));
        Assert.All(await readers, reader => Assert.True(LastNumber(reader.Text) > 0, "somebody could not read at all"));
        foreach (Party party in parties)
        {
            Dictionary<string, long> found = await CheckAsync(party, program, where(party));
            Assert.Equal(parties.Select((writer, index) => (writer.Name, LastNumber(writers[index].Text))).ToDictionary(), found);
        }
    }

    /// <summary>Two pods write and read, while others that write come and are killed.</summary>
    private async Task WriteReadAndKillAsync(int seconds, string program, Func<string, string[]> where)
    {
        Party[] parties = pods.Of(Sharers.Pods);
        await CheckAsync(parties[0], program, where(parties[0].Volume));
        Stopwatch time = Stopwatch.StartNew();
        Task<CommandResult[]> writing = WriteAndReadAlsoAsync();
        Dictionary<string, long> promised = new(StringComparer.Ordinal);
        do
        {
            string name = $"victim{promised.Count}";
            Pod victim = await pods.RunPodAsync();
            PodContainer container = await SharingPods.StartAsync(victim, [program, "write", .. where(SharingPods.Mounted), name, "100000"]);
            await Waiting.UntilAsync($"{name} writes", s_patience, () => Task.FromResult(container.Log().Count > 20), () => string.Join('\n', container.Log("stderr")));
            await KillAsync(victim);
            await container.WaitForExitAsync();
            promised[name] = container.Log().Select(line => long.Parse(line, CultureInfo.InvariantCulture)).Max();
            await victim.RemoveAsync();
        }
        while (time.Elapsed < TimeSpan.FromSeconds(seconds * 0.8));
        foreach ((Party party, CommandResult result) in parties.Zip(await writing))
        {
            promised[party.Name] = LastNumber(result.Text);
        }

        foreach (Party party in (Party[])[.. parties, pods.Host])
        {
            Dictionary<string, long> found = await CheckAsync(party, program, where(party.Volume));
            Assert.All(promised, promise => Assert.True(found[promise.Key] >= promise.Value, $"{party}: {promise.Key} said {promise.Value}, {found[promise.Key]} are there"));
        }

        async Task<CommandResult[]> WriteAndReadAlsoAsync()
        {
            TimeSpan length = TimeSpan.FromSeconds(seconds);
            string text = seconds.ToString(CultureInfo.InvariantCulture);
            Task<CommandResult[]> readers = TogetherAsync(parties, party => party.RunAsync(length, program, ["read", .. where(party.Volume), text]));
            CommandResult[] writers = await TogetherAsync(parties, party => party.RunAsync(length, program, ["write", .. where(party.Volume), party.Name, text]));
            await readers;
            return writers;
        }
    }

    private static async Task<Dictionary<string, long>> CheckAsync(Party party, string program, string[] where) =>
        (await party.RunAsync(program, ["check", .. where])).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')).ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
