using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.Linux.Interop;

namespace KataShimNet.EndToEndTests.Nodes;

/// <summary>A time in which a node has no containerd; what it started goes on. At the end containerd is there again.</summary>
public sealed class ContainerdOutage : IAsyncDisposable
{
    private const string Hold = "/run/containerd.hold";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TestNode _node;

    private ContainerdOutage(TestNode node) => _node = node;

    /// <summary>Kills containerd (SIGKILL), and it stays away.</summary>
    public static async Task<ContainerdOutage> BeginAsync(TestNode node)
    {
        await File.WriteAllTextAsync(node.Root + Hold, "");
        ContainerdOutage outage = new(node);
        int outages = Outages(node);
        int pid = node.ContainerdPid;
        _ = Signals.kill(pid, Signals.SIGKILL);
        await Waiting.UntilAsync("containerd is gone", s_patience, () => Task.FromResult(!Runs(node) && Outages(node) > outages));
        return outage;
    }

    /// <summary>Lets containerd start again and waits until it answers.</summary>
    public async ValueTask DisposeAsync()
    {
        File.Delete(_node.Root + Hold);
        await Waiting.UntilAsync(
            "containerd answers again", s_patience, async () => Runs(_node) && (await _node.RunAsync("ctr", "version")).ExitCode == 0, () => _node.LogTail());
        await NativeSnapshots.WakeAsync(_node);
    }

    // The node's init writes a line when it has seen the end and waits: had the file gone before, the node would end.
    private static int Outages(TestNode node) =>
        File.ReadLines(Path.Combine(node.State, "../log")).Count(line => line.Contains(Hold, StringComparison.Ordinal));

    private static bool Runs(TestNode node) => ProcessTree.Below(node.InitPid).Any(process => process is { Name: "containerd", State: not 'Z' });
}
