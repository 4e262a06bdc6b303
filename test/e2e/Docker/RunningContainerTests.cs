using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Docker.DotNet;
using Docker.DotNet.Models;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>What can be done to a container that runs: one container sees it all.</summary>
public sealed class RunningContainerTests(DockerFixture fixture) : DockerTest(fixture)
{
    [Fact]
    public async Task It_is_execd_into_measured_listed_paused_and_its_log_followed()
    {
        string id = await StartAsync("sh", "-c", "n=0; while true; do n=$((n + 1)); echo line $n; echo error $n >&2; sleep 1; done");

        await ExecsAsync(id);
        await TerminalAsync(id);
        await StatsAsync(id);
        await TopAsync(id);
        await PauseAsync(id);
        await FollowAsync(id);
        Assert.True((await Containers.InspectContainerAsync(id)).State.Running);
    }

    private async Task ExecsAsync(string id)
    {
        (long code, string output, string errors) = await ExecAsync(id, "sh", "-c", "echo out; echo err >&2; exit 7");
        Assert.Equal((7, "out\n", "err\n"), (code, output, errors));

        (code, output, errors) = await ExecAsync(id, "no-such-program");
        Assert.True(code is 126 or 127, $"exit code {code}: {output}{errors}");
        Assert.Contains("no-such-program", output + errors, StringComparison.Ordinal);
    }

    private async Task TerminalAsync(string id)
    {
        ContainerExecCreateResponse exec = await Docker.Client.Exec.ExecCreateContainerAsync(id, new ContainerExecCreateParameters
        {
            AttachStdin = true,
            AttachStdout = true,
            AttachStderr = true,
            Tty = true,
            Env = ["PS1=ready> "],
            Cmd = ["sh"],
        });
        using MultiplexedStream terminal = await Docker.Client.Exec.StartAndAttachContainerExecAsync(exec.ID, tty: true);
        await ReadUntilAsync(terminal, "ready> ");
        await Docker.Client.Exec.ResizeContainerExecTtyAsync(exec.ID, new ContainerResizeParameters { Height = 33, Width = 111 }, CancellationToken.None);
        await WriteAsync(terminal, "stty size; tty; exit 9\n");
        string text = await ReadUntilAsync(terminal, "/dev/pts/");
        Assert.Contains("33 111", text, StringComparison.Ordinal);
        await EventuallyAsync("the shell has ended", async () => !(await Docker.Client.Exec.InspectContainerExecAsync(exec.ID)).Running);
        Assert.Equal(9, (await Docker.Client.Exec.InspectContainerExecAsync(exec.ID)).ExitCode);
    }

    private async Task StatsAsync(string id)
    {
        ContainerStatsResponse? stats = null;
        await Containers.GetContainerStatsAsync(
            id, new ContainerStatsParameters { Stream = false }, new OneTime<ContainerStatsResponse>(s => stats = s), CancellationToken.None);
        Assert.NotNull(stats);
        Assert.True(stats.CPUStats.CPUUsage.TotalUsage > 0, "no processor time");
        Assert.True(stats.MemoryStats.Usage > 0, "no memory");
        Assert.True(stats.PidsStats.Current >= 1, "no processes");
    }

    private async Task TopAsync(string id)
    {
        // Docker runs ps on the host and picks the pids that the runtime gave: those of a guest are not there, our process of the VM is.
        ContainerProcessesResponse top = await Containers.ListProcessesAsync(id, new ContainerListProcessesParameters());
        Assert.NotEmpty(top.Processes);
    }

    private async Task PauseAsync(string id)
    {
        await Containers.PauseContainerAsync(id);
        Assert.True((await Containers.InspectContainerAsync(id)).State.Paused);
        string before = (await LogsAsync(id)).Output;
        await Task.Delay(TimeSpan.FromSeconds(3));
        string after = (await LogsAsync(id)).Output;
        // What was on its way when it froze may still come.
        Assert.True(after.Split('\n').Length <= before.Split('\n').Length + 1, $"it went on while it was paused: {after}");
        await Containers.UnpauseContainerAsync(id);
        Assert.False((await Containers.InspectContainerAsync(id)).State.Paused);
        await EventuallyAsync("it goes on", async () => (await LogsAsync(id)).Output.Length > after.Length);
    }

    private async Task FollowAsync(string id)
    {
        using MultiplexedStream logs = await Containers.GetContainerLogsAsync(
            id, tty: false, new ContainerLogsParameters { ShowStdout = true, Follow = true });
        string text = await ReadUntilAsync(logs, "line 3\n");
        Assert.StartsWith("line 1\nline 2\nline 3\n", text, StringComparison.Ordinal);
        int last = (await LogsAsync(id)).Output.Count(c => c == '\n');
        await ReadUntilAsync(logs, $"line {last + 1}\n");
    }

    private static Task WriteAsync(MultiplexedStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return stream.WriteAsync(bytes, 0, bytes.Length, CancellationToken.None);
    }

    // Progress<T> reports on another thread, later.
    private sealed class OneTime<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
