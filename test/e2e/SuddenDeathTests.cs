using System;
using System.Collections.Generic;
using System.IO;
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
    [InlineData("the second fsd")]
    public async Task Containerd_hears_of_the_end_and_nothing_stays(string victim)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "the runc shim leaves its socket behind when it is killed");
        using EventLog events = await EventLog.BeginAsync(Node);
        HashSet<int> before = [.. ProcessTree.Below(Node.InitPid).Select(process => process.Pid)];
        // Without fifos: those are the client's, and ctr leaves them when the task is gone before it asks.
        // With a volume, for which there is a second daemon.
        string folder = Directory.CreateDirectory(Path.Combine(Node.State, $"volume-{Guid.NewGuid():N}")).FullName;
        ContainerOptions options = new() { Arguments = ["--null-io", "--mount", $"type=bind,src=/state/{Path.GetFileName(folder)},dst=/data,options=rbind:rw"] };
        string id = await StartAsync(
            options, "sh", "-c", "while :; do for f in / /data/; do dd if=/dev/zero of=${f}written bs=64k count=64 2>/dev/null; done; touch /ready; done");
        await EventuallyAsync("the container writes", StartLimit, async () =>
            (await CtrAsync("tasks", "exec", "--exec-id", $"look-{Guid.NewGuid():N}", id, "test", "-e", "/ready")).ExitCode == 0);

        ProcessEntry[] sandbox = [.. ProcessTree.Below(Node.InitPid).Where(process => !before.Contains(process.Pid))];
        ProcessEntry shim = sandbox.First(process => process.Name == Shim);
        ProcessEntry target = victim switch
        {
            "shim" => shim,
            "qemu" => sandbox.First(process => process.Name.StartsWith("qemu", StringComparison.Ordinal)),
            // The keepers: the shim's own children. Their workers may die without harm.
            "fsd" => Keepers().First(),
            _ => Keepers().Last(),
        };
        Assert.Equal(2, Keepers().Count());
        Assert.Equal(0, Signals.kill(target.Pid, Signals.SIGKILL));

        ContainerEvent exit = await events.WaitAsync("/tasks/exit", id, TimeSpan.FromSeconds(30), id);
        Assert.NotEqual(0, exit.ExitStatus);
        await EventuallyAsync("the task no longer runs", TimeSpan.FromSeconds(30), async () => await StatusAsync(id) is "" or "STOPPED");
        Directory.Delete(folder, recursive: true);
        if (victim == "shim")
            return;
        string reason = Node.LogLines().Last(line => line.Contains("sandbox ended by itself", StringComparison.Ordinal) && line.Contains($"sandbox={id} ", StringComparison.Ordinal));
        Assert.Contains($"\"{victim} (", reason, StringComparison.OrdinalIgnoreCase);

        IEnumerable<ProcessEntry> Keepers() =>
            sandbox.Where(process => process.Name == "katanet-fsd" && process.ParentPid == shim.Pid).OrderBy(process => process.Pid);
    }

    [Fact]
    public async Task A_container_goes_on_when_the_workers_of_its_file_system_are_killed()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "only our sandboxes have such workers");
        // Each round writes, copies, compares, renames and removes; any error ends it with a status that is not 0.
        const string Rounds = "set -e; n=0; while [ ! -e /stop ]; do"
            + " dd if=/dev/urandom of=/a bs=64k count=4 2>/dev/null; cp /a /b; cmp /a /b; mv /b /c; cmp /a /c; rm /c;"
            + " mkdir /d; ln /a /d/l; ln -s l /d/s; cmp /d/s /a; rm /d/l /d/s; rmdir /d; n=$((n + 1)); echo $n > /rounds; done";
        using EventLog events = await EventLog.BeginAsync(Node);
        HashSet<int> before = [.. ProcessTree.Below(Node.InitPid).Select(process => process.Pid)];
        string id = await StartAsync(new ContainerOptions { Arguments = ["--null-io"] }, "sh", "-c", Rounds);
        await EventuallyAsync("the container works", StartLimit, async () => await ExecAsync(id, "test", "-e", "/rounds"));

        for (int kill = 0; kill < 10; kill++)
        {
            ProcessEntry worker = Workers(before).Single();
            Assert.Equal(0, Signals.kill(worker.Pid, Signals.SIGKILL));
            await EventuallyAsync("another worker serves", TimeSpan.FromSeconds(20), () => Task.FromResult(Workers(before).Any(next => next.Pid != worker.Pid)));
        }

        Assert.True(await ExecAsync(id, "touch", "/stop"));
        ContainerEvent exit = await events.WaitAsync("/tasks/exit", id, TimeSpan.FromSeconds(60), id);
        Assert.Equal(0, exit.ExitStatus);
    }

    private IEnumerable<ProcessEntry> Workers(HashSet<int> before) => ProcessTree.Below(Node.InitPid)
        .Where(process => process.Name == "fsd-worker" && process.State != 'Z' && !before.Contains(process.Pid));

    private async Task<bool> ExecAsync(string id, params string[] command) =>
        (await CtrAsync(["tasks", "exec", "--exec-id", $"look-{Guid.NewGuid():N}", id, .. command])).ExitCode == 0;
}
