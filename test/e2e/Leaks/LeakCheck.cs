using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Leaks;

/// <summary>Compares a node with what it was before: what is there now and was not then has been left behind.</summary>
public sealed class LeakCheck
{
    // containerd tidies up after its answer to the client, and runs the shim's `delete`.
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);

    private readonly TestNode _node;
    private readonly IReadOnlySet<string> _before;
    // Of another containerd, descriptors say nothing about this one's.
    private readonly int _containerd;

    private LeakCheck(TestNode node, IReadOnlySet<string> before) => (_node, _before, _containerd) = (node, before, node.ContainerdPid);

    /// <summary>Remembers the node as it is.</summary>
    public static async Task<LeakCheck> BeginAsync(TestNode node) => new(node, await NodeInventory.TakeAsync(node));

    /// <summary>What has been left behind: empty as soon as there is nothing, otherwise what is still there when the time is up.</summary>
    /// <param name="settle">How long to wait; 10 s by default.</param>
    public async Task<IReadOnlyList<string>> FindAsync(TimeSpan? settle = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] left = [.. (await NodeInventory.TakeAsync(_node)).Except(_before).Where(IsOfThisContainerd).Order(StringComparer.Ordinal)];
            if (left.Length == 0 || Stopwatch.GetElapsedTime(start) > (settle ?? s_settle))
            {
                return left;
            }

            await Task.Delay(100);
        }
    }

    private bool IsOfThisContainerd(string entry) =>
        !entry.StartsWith(NodeInventory.ContainerdDescriptor, StringComparison.Ordinal) || _node.ContainerdPid == _containerd;

    /// <summary>Kills the processes among what was left behind, so that one test's failure does not slow down the next.</summary>
    public void KillStrays()
    {
        foreach (ProcessEntry process in ProcessTree.Below(_node.InitPid))
        {
            if (process.State != 'Z' && !_before.Contains($"process {process.StartTime} {process}") && process.Name != "containerd")
            {
                KataShimNet.Linux.Interop.Signals.kill(process.Pid, KataShimNet.Linux.Interop.Signals.SIGKILL);
            }
        }
    }
}
