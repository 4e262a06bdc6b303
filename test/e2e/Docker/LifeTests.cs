using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Docker.DotNet;
using Docker.DotNet.Models;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>How containers begin, end and begin again.</summary>
public sealed class LifeTests(DockerFixture fixture) : DockerTest(fixture)
{
    [Fact]
    public async Task A_container_runs_to_its_end_with_its_output_and_exit_code()
    {
        (long code, string output, string errors) = await RunAsync(Describe(["sh", "-c", "echo out; echo err >&2; exit 42"]));
        Assert.Equal((42, "out\n", "err\n"), (code, output, errors));
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_the_start_by_name()
    {
        string id = await CreateAsync(Describe(["no-such-program"]));
        DockerApiException error = await Assert.ThrowsAnyAsync<DockerApiException>(() => Containers.StartContainerAsync(id, new ContainerStartParameters()));
        Assert.Contains("no-such-program", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, (await Containers.InspectContainerAsync(id)).State.ExitCode);
    }

    [Fact]
    public async Task Attached_it_reads_what_is_typed_and_ends_at_the_end_of_input()
    {
        string id = await CreateAsync(Describe(["sh", "-c", "while read line; do echo got $line; done; echo end"], p =>
        {
            p.OpenStdin = p.StdinOnce = p.AttachStdin = p.AttachStdout = true;
        }));
        using MultiplexedStream attached = await Containers.AttachContainerAsync(
            id, tty: false, new ContainerAttachParameters { Stream = true, Stdin = true, Stdout = true });
        await StartExistingAsync(id);
        byte[] line = Encoding.UTF8.GetBytes("something\n");
        await attached.WriteAsync(line, 0, line.Length, CancellationToken.None);
        await ReadUntilAsync(attached, "got something\n");
        attached.CloseWrite();
        await ReadUntilAsync(attached, "end\n");
        Assert.Equal(0, await WaitAsync(id));
    }

    [Fact]
    public async Task Stop_sends_its_signal_then_kills_and_a_restart_runs_it_again()
    {
        string id = await StartAsync("sh", "-c", "trap 'echo asked; exit 5' TERM; trap 'exit 6' USR1; echo up; while true; do sleep 0.2; done");
        await EventuallyAsync("it is up", async () => (await LogsAsync(id)).Output == "up\n");

        await Containers.StopContainerAsync(id, new ContainerStopParameters { WaitBeforeKillSeconds = 30 });
        Assert.Equal(5, (await Containers.InspectContainerAsync(id)).State.ExitCode);
        Assert.Equal("up\nasked\n", (await LogsAsync(id)).Output);

        await StartExistingAsync(id);
        await EventuallyAsync("it is up again", async () => (await LogsAsync(id)).Output == "up\nasked\nup\n");
        await Containers.RestartContainerAsync(id, new ContainerRestartParameters { WaitBeforeKillSeconds = 30 });
        await EventuallyAsync("it is up after the restart", async () => (await LogsAsync(id)).Output == "up\nasked\nup\nasked\nup\n");

        await Containers.KillContainerAsync(id, new ContainerKillParameters { Signal = "SIGUSR1" });
        Assert.Equal(6, await WaitAsync(id));
    }

    [Fact]
    public async Task A_stop_that_is_not_heard_kills_in_time()
    {
        string id = await StartAsync("sh", "-c", "trap '' TERM; echo up; while true; do sleep 0.2; done");
        await EventuallyAsync("it is up", async () => (await LogsAsync(id)).Output == "up\n");
        await Containers.StopContainerAsync(id, new ContainerStopParameters { WaitBeforeKillSeconds = 1 });
        Assert.Equal(137, (await Containers.InspectContainerAsync(id)).State.ExitCode);
    }

    [Fact]
    public async Task A_restart_policy_starts_it_again_as_often_as_it_says()
    {
        string id = await StartAsync(Describe(
            ["sh", "-c", "echo try; exit 3"],
            p => p.HostConfig.RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.OnFailure, MaximumRetryCount = 2 }));
        ContainerInspectResponse state = await Containers.InspectContainerAsync(id);
        await EventuallyAsync("it has given up", async () =>
        {
            state = await Containers.InspectContainerAsync(id);
            return state.RestartCount == 2 && state.State.Status == "exited";
        });
        Assert.Equal(3, state.State.ExitCode);
        Assert.Equal("try\ntry\ntry\n", (await LogsAsync(id)).Output);
    }
}
