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
    private const string Endless = "trap 'exit 143' TERM; touch /up; while :; do sleep 0.1; done";

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
    [InlineData(Endless, "SIGKILL", 137)]
    [InlineData(Endless, "SIGTERM", 143)]
    // The kernel drops what process 1 has no handler for: instead of waiting out the grace period, the agent makes it a KILL.
    [InlineData("touch /up; exec sleep 1000", "SIGTERM", 137)]
    public async Task A_signal_arrives_and_so_does_the_exit_code(string script, string signal, int code)
    {
        Assert.SkipUnless(TestNode.IsKatanet || script == Endless, "runc leaves such a process alone");
        using EventLog events = await EventLog.BeginAsync(Node);
        string id = NewId();
        Task<CommandResult> run = RunAsync(new ContainerOptions { Id = id }, "sh", "-c", script);
        await events.WaitAsync("/tasks/start", id, StartLimit);
        await EventuallyAsync("it is up", TimeSpan.FromSeconds(30), async () =>
            (await CtrAsync("tasks", "exec", "--exec-id", $"up-{Environment.TickCount64}", id, "test", "-e", "/up")).ExitCode == 0);
        await CtrAsync("tasks", "kill", "--signal", signal, id);
        (await run).Exits(code);
        Assert.Equal(code, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
    }
}
