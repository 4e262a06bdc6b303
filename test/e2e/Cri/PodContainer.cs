using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri.Api;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>A container of a pod.</summary>
/// <param name="pod">The pod.</param>
/// <param name="config">As it was asked for.</param>
/// <param name="id">containerd's id.</param>
public sealed class PodContainer(Pod pod, ContainerConfig config, string id)
{
    // Without KVM and with others beside it.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>The pod.</summary>
    public Pod Pod => pod;

    /// <summary>As it was asked for.</summary>
    public ContainerConfig Config => config;

    /// <summary>containerd's id.</summary>
    public string Id => id;

    private RuntimeService.RuntimeServiceClient Runtime => pod.Cri.Runtime;

    /// <summary>Starts it.</summary>
    public Task StartAsync() => CallAsync(TryStartAsync());

    /// <summary>Asks for its start; a refusal is an <see cref="RpcException"/>.</summary>
    public AsyncUnaryCall<StartContainerResponse> TryStartAsync() =>
        Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = id }, deadline: CriClient.Deadline);

    /// <summary>Stops it: its stop signal first, SIGKILL when the time is up.</summary>
    public Task StopAsync(TimeSpan grace = default) =>
        CallAsync(Runtime.StopContainerAsync(new StopContainerRequest { ContainerId = id, Timeout = (long)grace.TotalSeconds }, deadline: CriClient.Deadline));

    /// <summary>Removes it.</summary>
    public Task RemoveAsync() =>
        CallAsync(Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id }, deadline: CriClient.Deadline));

    /// <summary>Runs a command in it to its end: the CRI's ExecSync, of which probes are made.</summary>
    public Task<CommandResult> ExecAsync(params string[] command) => ExecAsync(s_limit, command);

    /// <summary>Runs a command in it to its end, or until containerd ends it because its time is up.</summary>
    public async Task<CommandResult> ExecAsync(TimeSpan limit, params string[] command)
    {
        string line = $"exec in {config.Metadata.Name}: {string.Join(' ', command)}";
        long start = Stopwatch.GetTimestamp();
        ExecSyncRequest request = new() { ContainerId = id, Cmd = { command }, Timeout = (long)limit.TotalSeconds };
        try
        {
            ExecSyncResponse response = await Runtime.ExecSyncAsync(request, deadline: CriClient.Deadline);
            return new CommandResult(
                line, response.ExitCode, response.Stdout.ToByteArray(), response.Stderr.ToStringUtf8(), Stopwatch.GetElapsedTime(start), TimedOut: false);
        }
        catch (RpcException error)
        {
            return new CommandResult(
                line, -1, [], $"{error.StatusCode}: {error.Status.Detail}", Stopwatch.GetElapsedTime(start), error.StatusCode == StatusCode.DeadlineExceeded);
        }
    }

    /// <summary>Runs a command in it on a terminal, as <c>kubectl exec -it</c> does.</summary>
    public async Task<RemoteCommand> ExecOnTerminalAsync(params string[] command) => await RemoteCommand.ConnectAsync(
        pod.Node,
        (await CallAsync(Runtime.ExecAsync(
            new ExecRequest { ContainerId = id, Cmd = { command }, Tty = true, Stdin = true, Stdout = true }, deadline: CriClient.Deadline))).Url);

    /// <summary>Attaches to its first process, which has a terminal.</summary>
    public async Task<RemoteCommand> AttachAsync() => await RemoteCommand.ConnectAsync(
        pod.Node,
        (await CallAsync(Runtime.AttachAsync(
            new AttachRequest { ContainerId = id, Tty = true, Stdin = true, Stdout = true }, deadline: CriClient.Deadline))).Url);

    /// <summary>Runs a shell script in it and returns what it printed; fails unless it ended with 0.</summary>
    public async Task<string> ShellAsync(string script) => (await ExecAsync("sh", "-c", script)).Exits(0).Text.Trim();

    /// <summary>Its status.</summary>
    public async Task<ContainerStatus> StatusAsync() =>
        (await CallAsync(Runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = id }, deadline: CriClient.Deadline))).Status;

    /// <summary>Waits until it has ended.</summary>
    public async Task<ContainerStatus> WaitForExitAsync()
    {
        ContainerStatus status = null!;
        await Waiting.UntilAsync(
            $"{config.Metadata.Name} ends", s_limit,
            async () => (status = await StatusAsync()).State == ContainerState.ContainerExited, () => $"{status}\n{pod.Node.LogTail(40)}");
        return status;
    }

    /// <summary>Its figures.</summary>
    public async Task<ContainerStats> StatsAsync() =>
        (await CallAsync(Runtime.ContainerStatsAsync(new ContainerStatsRequest { ContainerId = id }, deadline: CriClient.Deadline))).Stats;

    /// <summary>Changes its limits.</summary>
    public Task UpdateAsync(LinuxContainerResources resources) =>
        CallAsync(Runtime.UpdateContainerResourcesAsync(
            new UpdateContainerResourcesRequest { ContainerId = id, Linux = resources }, deadline: CriClient.Deadline));

    /// <summary>The lines of one of its streams that are in its log by now.</summary>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    public IReadOnlyList<string> Log(string stream = "stdout")
    {
        string path = Path.Combine(pod.LogFolder, config.LogPath);
        if (!File.Exists(path))
        {
            return [];
        }

        // "2026-11-23T05:00:00.000000000Z stdout F text", with P for a part of a line.
        return [.. File.ReadAllLines(path).Select(line => line.Split(' ', 4)).Where(words => words.Length == 4 && words[1] == stream).Select(words => words[3])];
    }

    /// <summary>Waits until a line is in its log.</summary>
    public Task WaitForLogAsync(string line, string stream = "stdout") => Waiting.UntilAsync(
        $"'{line}' is in the log of {config.Metadata.Name}", s_limit, () => Task.FromResult(Log(stream).Contains(line)),
        () => $"{string.Join('\n', Log(stream))}\n--- containerd's log ---\n{pod.Node.LogTail(40)}");

    private Task<T> CallAsync<T>(AsyncUnaryCall<T> call) => CriClient.CallAsync(pod.Node, call);
}
