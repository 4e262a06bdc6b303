using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Docker.DotNet;
using Docker.DotNet.Models;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>A test that runs containers by Docker's API. It removes them at its end, and fails when Docker or the runtime leaves something.</summary>
[Collection(DockerCollection.Name)]
public abstract class DockerTest(DockerFixture fixture) : IAsyncLifetime
{
    /// <summary>Longest time that anything with a start in it may take on a slow machine without KVM.</summary>
    protected static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);

    private readonly List<string> _containers = [];
    private DockerLeakCheck _leaks = null!;

    /// <summary>The node and its Docker.</summary>
    protected DockerNode Docker => fixture.Docker;

    /// <summary>Docker's container API.</summary>
    protected IContainerOperations Containers => Docker.Client.Containers;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync() => _leaks = await DockerLeakCheck.BeginAsync(Docker);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await RemoveAllAsync();
        IReadOnlyList<string> left = await _leaks.FindAsync();
        Assert.True(left.Count == 0, $"left behind on the node:\n{string.Join('\n', left)}\n--- dockerd's log ---\n{Docker.LogTail()}");
    }

    /// <summary>A container on the runtime under test, without a network unless <paramref name="change"/> gives it one.</summary>
    protected static CreateContainerParameters Describe(string[] command, Action<CreateContainerParameters>? change = null)
    {
        CreateContainerParameters parameters = new()
        {
            Image = TestImages.Busybox,
            Cmd = command,
            HostConfig = new HostConfig { Runtime = TestNode.Runtime, NetworkMode = "none" },
        };
        change?.Invoke(parameters);
        return parameters;
    }

    /// <summary>Creates a container and returns its id.</summary>
    protected async Task<string> CreateAsync(CreateContainerParameters parameters)
    {
        string id = (await Containers.CreateContainerAsync(parameters)).ID;
        _containers.Add(id);
        return id;
    }

    /// <summary>Creates and starts a container and returns its id.</summary>
    protected Task<string> StartAsync(params string[] command) => StartAsync(Describe(command));

    /// <summary>Creates and starts a container and returns its id.</summary>
    protected async Task<string> StartAsync(CreateContainerParameters parameters)
    {
        string id = await CreateAsync(parameters);
        await StartExistingAsync(id);
        return id;
    }

    /// <summary>Starts a container; the message of a failure has the logs in it.</summary>
    protected async Task StartExistingAsync(string id)
    {
        try
        {
            await Containers.StartContainerAsync(id, new ContainerStartParameters());
        }
        catch (DockerApiException e)
        {
            Assert.Fail($"{e.Message}\n--- containerd's log ---\n{Docker.Node.LogTail(25)}\n--- dockerd's log ---\n{Docker.LogTail()}");
        }
    }

    /// <summary>Runs a container to its end and returns its exit code and all that it wrote.</summary>
    protected async Task<(long ExitCode, string Output, string ErrorOutput)> RunAsync(CreateContainerParameters parameters)
    {
        string id = await StartAsync(parameters);
        long code = await WaitAsync(id);
        (string output, string errors) = await LogsAsync(id);
        return (code, output, errors);
    }

    /// <summary>Waits for the end of a container and returns its exit code.</summary>
    protected async Task<long> WaitAsync(string id)
    {
        using CancellationTokenSource limit = new(StartLimit);
        return (await Containers.WaitContainerAsync(id, limit.Token)).StatusCode;
    }

    /// <summary>What a container wrote so far, as the log driver kept it.</summary>
    protected async Task<(string Output, string ErrorOutput)> LogsAsync(string id)
    {
        using MultiplexedStream logs = await Containers.GetContainerLogsAsync(
            id, tty: false, new ContainerLogsParameters { ShowStdout = true, ShowStderr = true });
        return await ReadAsync(logs);
    }

    /// <summary>Runs one more process in a container and returns its exit code and what it wrote.</summary>
    protected async Task<(long ExitCode, string Output, string ErrorOutput)> ExecAsync(string id, params string[] command)
    {
        ContainerExecCreateResponse exec = await Docker.Client.Exec.ExecCreateContainerAsync(
            id, new ContainerExecCreateParameters { AttachStdout = true, AttachStderr = true, Cmd = command });
        using MultiplexedStream stream = await Docker.Client.Exec.StartAndAttachContainerExecAsync(exec.ID, tty: false);
        (string output, string errors) = await ReadAsync(stream);
        // The streams may end a moment before the exit is known.
        ContainerExecInspectResponse state = await Docker.Client.Exec.InspectContainerExecAsync(exec.ID);
        await EventuallyAsync("the process has ended", async () => !(state = await Docker.Client.Exec.InspectContainerExecAsync(exec.ID)).Running);
        return (state.ExitCode, output, errors);
    }

    /// <summary>Reads both outputs to their end.</summary>
    protected static async Task<(string Output, string ErrorOutput)> ReadAsync(MultiplexedStream stream)
    {
        using CancellationTokenSource limit = new(StartLimit);
        return await stream.ReadOutputToEndAsync(limit.Token);
    }

    /// <summary>Reads standard output until a text has come.</summary>
    protected static async Task<string> ReadUntilAsync(MultiplexedStream stream, string end)
    {
        using CancellationTokenSource limit = new(StartLimit);
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            MultiplexedStream.ReadResult read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, limit.Token);
            Assert.False(read.EOF, $"the stream ended before '{end}' came; it was: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
        }

        return text.ToString();
    }

    /// <summary>Waits until something is so, and fails with the words when it is not in time.</summary>
    protected async Task EventuallyAsync(string what, Func<Task<bool>> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < StartLimit, $"not within {StartLimit.TotalSeconds} s: {what}\n--- dockerd's log ---\n{Docker.LogTail()}");
            await Task.Delay(100);
        }
    }

    /// <summary>Removes the test's containers.</summary>
    protected async Task RemoveAllAsync()
    {
        foreach (string id in _containers)
        {
            await RemoveAsync(id);
        }

        _containers.Clear();
    }

    /// <summary>Removes a container, whatever state it is in.</summary>
    protected async Task RemoveAsync(string id)
    {
        try
        {
            await Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true, RemoveVolumes = true });
        }
        catch (DockerContainerNotFoundException)
        {
            // The test did it.
        }
    }
}
