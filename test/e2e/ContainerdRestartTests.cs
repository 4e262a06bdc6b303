using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;
using TaskStatus = KataShimNet.AgentProto.Containerd.Tasks.Status;

namespace KataShimNet.EndToEndTests;

/// <summary>containerd is killed and started again: what runs goes on.</summary>
public sealed class ContainerdRestartTests(NodeFixture fixture) : ContainerTest(fixture)
{
    [Fact]
    [Trait("Suite", "hello")]
    public async Task A_task_and_its_exec_survive_and_are_waited_for()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this looks into our shim");
        ContainerOptions options = new() { Arguments = ["--log-uri", "file:///tmp/numbers"] };
        string id = await StartAsync(options, "sh", "-c", "n=0; while :; do n=$((n + 1)); echo $n; sleep 0.2; done");
        (await CtrAsync("tasks", "exec", "--detach", "--exec-id", "extra", "--log-uri", "file:///tmp/extra", id, "sleep", "1000000")).Exits(0);
        await using (await ContainerdOutage.BeginAsync(Node))
        {
            int now = Numbers().Length;
            await Waiting.UntilAsync("the container goes on without containerd", StartLimit, () => Task.FromResult(Numbers().Length > now + 3));
        }

        Assert.Equal("RUNNING", await StatusAsync(id));
        await using (TtrpcClient shim = await ShimClient.ConnectAsync(Node, "default", id))
        {
            Assert.Equal(TaskStatus.Running, await StateAsync(shim, id, "extra"));
            (await CtrAsync("tasks", "kill", "--exec-id", "extra", "--signal", "SIGKILL", id)).Exits(0);
            await Waiting.UntilAsync("the exec has ended", StartLimit, async () => await StateAsync(shim, id, "extra") == TaskStatus.Stopped);
        }

        (await CtrAsync("tasks", "exec", "--exec-id", "again", id, "echo", "here")).Exits(0).Prints("here");
        using EventLog events = await EventLog.BeginAsync(Node);
        (await CtrAsync("tasks", "kill", "--signal", "SIGKILL", id)).Exits(0);
        Assert.Equal(137, (await events.WaitAsync("/tasks/exit", id, StartLimit, id)).ExitStatus);
        string[] numbers = Numbers();
        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(n => $"{n}"), numbers);
        File.Delete(Node.Root + "/tmp/numbers");
        File.Delete(Node.Root + "/tmp/extra");
    }

    private static async Task<TaskStatus> StateAsync(TtrpcClient shim, string id, string exec) => (await shim.CallAsync(
        "containerd.task.v2.Task", "State", new StateRequest { Id = id, ExecId = exec }, StateResponse.Parser, StartLimit)).Status;

    private string[] Numbers() => File.Exists(Node.Root + "/tmp/numbers") ? File.ReadAllLines(Node.Root + "/tmp/numbers") : [];
}
