using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>Kill -9 of each process of a sandbox while the container writes: containerd hears of the end, and all is cleaned up.</summary>
public sealed class SuddenDeathTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // Programs as /proc shows their names: 15 characters.
    private const string Shim = "containerd-shim";

    [Theory]
    [InlineData("shim")]
    [InlineData("qemu")]
    [InlineData("fsd")]
    public async Task Containerd_hears_of_the_end_and_nothing_stays(string victim)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "the runc shim leaves its socket behind when it is killed");
        using EventLog events = await EventLog.BeginAsync(Node);
        HashSet<int> before = [.. ProcessTree.Below(Node.InitPid).Select(process => process.Pid)];
        // Without fifos: those are the client's, and ctr leaves them when the task is gone before it asks.
        ContainerOptions options = new() { Arguments = ["--null-io"] };
        string id = await StartAsync(options, "sh", "-c", "while :; do dd if=/dev/zero of=/written bs=64k count=64 2>/dev/null; touch /ready; done");
        await EventuallyAsync("the container writes", StartLimit, async () =>
            (await CtrAsync("tasks", "exec", "--exec-id", $"look-{Guid.NewGuid():N}", id, "test", "-e", "/ready")).ExitCode == 0);

        ProcessEntry[] sandbox = [.. ProcessTree.Below(Node.InitPid).Where(process => !before.Contains(process.Pid))];
        ProcessEntry shim = sandbox.First(process => process.Name == Shim);
        ProcessEntry target = victim switch
        {
            "shim" => shim,
            "qemu" => sandbox.First(process => process.Name.StartsWith("qemu", StringComparison.Ordinal)),
            // The keeper: the shim's own child. Its worker may die without harm, by the next issue.
            _ => sandbox.First(process => process.Name == "katanet-fsd" && process.ParentPid == shim.Pid),
        };
        Assert.Equal(0, Signals.kill(target.Pid, Signals.SIGKILL));

        ContainerEvent exit = await events.WaitAsync("/tasks/exit", id, TimeSpan.FromSeconds(30), id);
        Assert.NotEqual(0, exit.ExitStatus);
        await EventuallyAsync("the task no longer runs", TimeSpan.FromSeconds(30), async () => await StatusAsync(id) is "" or "STOPPED");
    }
}
