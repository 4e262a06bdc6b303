using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class ExitCodeTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // Init of a pid namespace ignores a signal that it does not handle, so the script ends by itself, as servers do.
    private const string Endless = "trap 'exit 143' TERM; echo up; while :; do sleep 0.1; done";

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task An_exit_code_arrives_in_ctr_and_in_the_events(int code)
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = NewId();
        (await RunAsync(new ContainerOptions { Id = id }, "sh", "-c", $"exit {code}")).Exits(code);
        Assert.Equal(code, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
        Assert.Equal(code, (await events.WaitAsync("/tasks/delete", id, StartLimit)).ExitStatus);
    }

    [Theory]
    [InlineData("SIGKILL", 137)]
    [InlineData("SIGTERM", 143)]
    public async Task A_signal_arrives_and_so_does_the_exit_code(string signal, int code)
    {
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = NewId();
        Task<CommandResult> run = RunAsync(new ContainerOptions { Id = id }, "sh", "-c", Endless);
        await events.WaitAsync("/tasks/start", id, StartLimit);
        // Started is not yet "has its trap set": TERM is sent again until it is taken.
        await EventuallyAsync($"{signal} ends the task", TimeSpan.FromSeconds(30), async () =>
        {
            await CtrAsync("tasks", "kill", "--signal", signal, id);
            await Task.WhenAny(run, Task.Delay(500));
            return run.IsCompleted;
        });
        (await run).Exits(code);
        Assert.Equal(code, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
    }
}
