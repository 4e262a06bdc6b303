using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class ExecTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    public async Task A_second_process_runs_in_the_container_and_its_exit_code_arrives()
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = await StartAsync("sh", "-c", "echo first > /tmp/first; sleep 1000");
        CommandResult result = await CtrAsync("tasks", "exec", "--exec-id", "second", id, "sh", "-c", "cat /tmp/first; echo error >&2; exit 5");
        result.Exits(5).Prints("first");
        Assert.Contains("error", result.ErrorOutput);
        await events.WaitAsync("/tasks/exec-added", id, StartLimit, "second");
        await events.WaitAsync("/tasks/exec-started", id, StartLimit, "second");
        Assert.Equal(5, (await events.WaitAsync("/tasks/exit", id, StartLimit, "second")).ExitStatus);
        Assert.Equal("RUNNING", await StatusAsync(id));
    }

    [Fact]
    public async Task Killing_the_second_process_leaves_the_container_running()
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = await StartAsync("sleep", "1000");
        Task<CommandResult> exec = Node.RunAsync(
            TimeSpan.FromMinutes(1), null, "ctr", "tasks", "exec", "--exec-id", "second", id, "sleep", "1000");
        await events.WaitAsync("/tasks/exec-started", id, StartLimit, "second");
        (await CtrAsync("tasks", "kill", "--exec-id", "second", "--signal", "SIGKILL", id)).Exits(0);
        (await exec).Exits(137);
        Assert.Equal("RUNNING", await StatusAsync(id));
        (await CtrAsync("tasks", "exec", "--exec-id", "third", id, "echo", "alive")).Exits(0).Prints("alive");
    }

    [Fact]
    public async Task A_second_process_that_is_not_there_is_an_error_and_the_container_runs_on()
    {
        string id = await StartAsync("sleep", "1000");
        (await CtrAsync("tasks", "exec", "--exec-id", "second", id, "no-such-program")).FailsNaming("no-such-program");
        Assert.Equal("RUNNING", await StatusAsync(id));
    }
}
