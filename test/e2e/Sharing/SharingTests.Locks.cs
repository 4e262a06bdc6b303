using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

// Locks exclude everybody, whichever of the two kinds.
public sealed partial class SharingTests
{
    private const int Lockers = 8, Rounds = 400, RecordSize = 16;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("flock")]
    [InlineData("fcntl")]
    public async Task A_lock_goes_from_hand_to_hand(string kind)
    {
        string folder = pods.NewFolder();
        Party[] chain = [pods.First, pods.Beside, pods.Other, pods.Host, pods.First];
        Task<CommandResult> holder = Hold(0);
        await WaitForMarkAsync(0);
        for (int next = 1; next < chain.Length; next++)
        {
            (await chain[next].RunAsync("lock", "try", kind, chain[next].Path(folder, "lock"))).Prints("busy");
            Task<CommandResult> waiting = Hold(next);
            // Whoever has the lock lets it go by the hand of another one: by the file's name going.
            File.Delete(pods.Host.Path(folder, Mark(next - 1)));
            await holder;
            await WaitForMarkAsync(next);
            holder = waiting;
        }

        File.Delete(pods.Host.Path(folder, Mark(chain.Length - 1)));
        await holder;
        foreach (Party party in chain)
        {
            (await party.RunAsync("lock", "try", kind, party.Path(folder, "lock"))).Prints("free");
        }

        static string Mark(int index) => $"mark{index}";
        Task<CommandResult> Hold(int index) => chain[index].RunAsync("lock", "hold", kind, chain[index].Path(folder, "lock"), chain[index].Path(folder, Mark(index)));
        Task WaitForMarkAsync(int index) => UntilThereAsync(pods.Host.Path(folder, Mark(index)));
    }

    [Theory]
    [InlineData("flock")]
    [InlineData("fcntl")]
    public async Task Eight_lockers_of_pairs_of_locks_all_come_to_an_end(string kind)
    {
        string folder = pods.NewFolder();
        string numbers = pods.Host.Path(folder, "numbers");
        await File.WriteAllBytesAsync(numbers, new byte[Lockers * RecordSize]);
        Party[] four = [pods.First, pods.Beside, pods.Other, pods.Host];
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, Lockers).Select(index =>
        {
            Party party = four[index % four.Length];
            return party.RunAsync("lock", "count", kind, party.Path(folder), $"{party.Name[0]}{index}", $"{Rounds}");
        }));
        Assert.All(results, result => result.Prints($"{2 * Rounds}"));
        // "0000000012 f0"
        long sum = (await File.ReadAllLinesAsync(numbers)).Sum(line => LastNumber(line[..10]));
        Assert.Equal(2 * Rounds * Lockers, sum);
    }

    [Fact]
    public async Task A_killed_pods_locks_go_to_those_who_wait()
    {
        string[] kinds = ["flock", "fcntl"];
        string folder = pods.NewFolder();
        Pod victim = await pods.RunPodAsync();
        foreach (string kind in kinds)
        {
            await SharingPods.StartAsync(victim, "lock", "hold", kind, $"{SharingPods.Mounted}/{folder}/{kind}", $"{SharingPods.Mounted}/{folder}/{kind}.victim");
            await UntilThereAsync(pods.Host.Path(folder, $"{kind}.victim"));
        }

        Party[] parties = [pods.First, pods.Other, pods.Host];
        foreach ((Party party, string kind) in parties.SelectMany(party => kinds.Select(kind => (party, kind))))
        {
            (await party.RunAsync("lock", "try", kind, party.Path(folder, kind))).Prints("busy");
        }

        Task<CommandResult>[] waiting = [.. kinds.Select(kind => pods.Other.RunAsync("lock", "hold", kind, pods.Other.Path(folder, kind), pods.Other.Path(folder, $"{kind}.next")))];
        await KillAsync(victim);
        foreach (string kind in kinds)
        {
            await UntilThereAsync(pods.Host.Path(folder, $"{kind}.next"));
            (await pods.First.RunAsync("lock", "try", kind, pods.First.Path(folder, kind))).Prints("busy");
            File.Delete(pods.Host.Path(folder, $"{kind}.next"));
        }

        await Task.WhenAll(waiting);
        await victim.RemoveAsync();
    }

    private static Task UntilThereAsync(string path) => Waiting.UntilAsync($"{path} is there", s_patience, () => Task.FromResult(File.Exists(path)));
}
