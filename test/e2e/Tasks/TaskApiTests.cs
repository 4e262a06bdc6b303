using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Tasks;

/// <summary>What containerd's clients can ask of a task beyond its start and its end, asked with ctr.</summary>
public sealed class TaskApiTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // Above it, numbers of processes are the guest's.
    private const uint GuestPidBase = 1_000_000_000;

    [Fact]
    public async Task Processes_are_listed_counted_paused_and_signalled()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "numbers of the guest's processes are a thing of sandboxes");
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = await StartAsync(
            "sh", "-c", "trap 'echo x >> /tmp/signals' USR1; (trap 'echo x >> /tmp/signals' USR1; while :; do sleep 0.2; echo x >> /tmp/ticks; done) & while :; do sleep 0.2; done");
        await EventuallyAsync("its second process runs", StartLimit, async () => await CountAsync(id, "/tmp/ticks") > 0);

        IReadOnlyList<(uint Pid, string Info)> processes = await ProcessesAsync(id);
        Assert.True(processes.Count >= 3, $"the init, its child and a sleep are expected: {string.Join(' ', processes)}");
        Assert.True(processes[0].Pid < GuestPidBase, "the first is the process on the host");
        Assert.All(processes.Skip(1), process => Assert.InRange(process.Pid, GuestPidBase + 2, GuestPidBase + 4194304));

        string metrics = (await CtrAsync("tasks", "metrics", id)).Exits(0).Text;
        Assert.InRange(Metric(metrics, "pids.current"), 3, 20);
        Assert.InRange(Metric(metrics, "memory.usage"), 100_000, 200_000_000);
        Assert.True(Metric(metrics, "cpu.usage_usec") > 0, metrics);

        (await CtrAsync("tasks", "pause", id)).Exits(0);
        Assert.Equal("PAUSED", await StatusAsync(id));
        (await CtrAsync("tasks", "exec", "--exec-id", "paused", id, "true")).FailsNaming("paused");
        (await CtrAsync("tasks", "pause", id)).FailsNaming("paused");
        double used = Metric((await CtrAsync("tasks", "metrics", id)).Text, "cpu.usage_usec");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(used, Metric((await CtrAsync("tasks", "metrics", id)).Text, "cpu.usage_usec"));
        (await CtrAsync("tasks", "resume", id)).Exits(0);
        Assert.Equal("RUNNING", await StatusAsync(id));
        (await CtrAsync("tasks", "resume", id)).FailsNaming("running");
        int ticks = await CountAsync(id, "/tmp/ticks");
        await EventuallyAsync("it goes on", StartLimit, async () => await CountAsync(id, "/tmp/ticks") > ticks);

        (await CtrAsync("tasks", "kill", "--signal", "USR1", id)).Exits(0);
        await EventuallyAsync("its init has the signal", StartLimit, async () => await CountAsync(id, "/tmp/signals") == 1);
        (await CtrAsync("tasks", "kill", "--all", "--signal", "USR1", id)).Exits(0);
        await EventuallyAsync("both have the signal", StartLimit, async () => await CountAsync(id, "/tmp/signals") == 3);

        (await CtrAsync("tasks", "checkpoint", id)).FailsNaming("cannot be checkpointed");
        Assert.Equal("RUNNING", await StatusAsync(id));

        (await CtrAsync("tasks", "pause", id)).Exits(0);
        (await CtrAsync("tasks", "kill", "--all", "--signal", "KILL", id)).Exits(0);
        Assert.Equal(137, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
        Assert.Equal(
            ["create", "start", "paused", "resumed", "paused", "resumed", "paused", "exit"], events.OfInit(id).Select(topic => topic["/tasks/".Length..]));
    }

    [Fact]
    public async Task A_container_over_its_memory_limit_is_killed_and_that_is_told_before_its_end()
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = await StartAsync(
            new ContainerOptions { Arguments = ["--memory-limit", "20000000"] }, "sh", "-c", "dd if=/dev/zero of=/dev/null bs=100M count=1; sleep 1000");
        await events.WaitAsync("/tasks/oom", id, StartLimit);
        // Only dd was killed: the container goes on.
        Assert.Equal("RUNNING", await StatusAsync(id));

        string second = await StartAsync(
            new ContainerOptions { Arguments = ["--memory-limit", "20000000"] }, "dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1");
        Assert.Equal(137, (await events.WaitAsync("/tasks/exit", second, StartLimit, second)).ExitStatus);
        Assert.Equal(["/tasks/create", "/tasks/start", "/tasks/oom", "/tasks/exit"], events.OfInit(second));
    }

    private static double Metric(string table, string name)
    {
        string line = table.Split('\n').Single(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<int> CountAsync(string id, string file)
    {
        CommandResult result = await CtrAsync("tasks", "exec", "--exec-id", $"count-{Guid.NewGuid():N}", id, "sh", "-c", $"cat {file} 2>/dev/null | wc -l");
        return int.Parse(result.Exits(0).Text.Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<IReadOnlyList<(uint Pid, string Info)>> ProcessesAsync(string id) =>
    [
        .. (await CtrAsync("tasks", "ps", id)).Exits(0).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(words => (uint.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture), words[1])),
    ];
}
