using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Containers;

/// <summary>A test that runs containers. It removes them at its end, and fails when anything of them is left on the node.</summary>
[Collection(NodeCollection.Name)]
public abstract class ContainerTest(NodeFixture fixture) : IAsyncLifetime
{
    /// <summary>Longest time that a start may take on a slow machine without KVM.</summary>
    protected static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private static int s_ids;

    private readonly ConcurrentQueue<string> _containers = new();
    private LeakCheck _leaks = null!;

    /// <summary>The node.</summary>
    protected TestNode Node => fixture.Node;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync() => _leaks = await LeakCheck.BeginAsync(Node);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (string id in _containers)
        {
            await RemoveAsync(id);
        }

        IReadOnlyList<string> left = await _leaks.FindAsync();
        if (left.Count > 0)
        {
            _leaks.KillStrays();
            Assert.Fail($"left behind on the node:\n{string.Join('\n', left)}\n--- containerd's log ---\n{Node.LogTail()}");
        }
    }

    /// <summary>A container id of this test; the container is removed at its end.</summary>
    protected string NewId(string name = "c")
    {
        string id = $"{name}-{Interlocked.Increment(ref s_ids)}";
        _containers.Enqueue(id);
        return id;
    }

    /// <summary>Runs a container with busybox to its end: <c>ctr run --rm</c>.</summary>
    protected Task<CommandResult> RunAsync(params string[] command) => RunAsync(new ContainerOptions(), command);

    /// <summary>Runs a container to its end, or until it runs when it is detached.</summary>
    protected async Task<CommandResult> RunAsync(ContainerOptions options, params string[] command)
    {
        string id = options.Id ?? NewId();
        CommandResult result = await Node.RunAsync(
            options.Timeout ?? StartLimit,
            options.Input is null ? null : new MemoryStream(options.Input),
            [.. RunCommand(options), options.Image, id, .. command]);
        return result.TimedOut || (result.ExitCode != 0 && result.ErrorOutput.StartsWith("ctr:", StringComparison.Ordinal))
            ? result with { ErrorOutput = $"{result.ErrorOutput}\n--- containerd's log ---\n{Node.LogTail(25)}" }
            : result;
    }

    /// <summary>Starts a container that goes on running, and returns its id.</summary>
    protected async Task<string> StartAsync(ContainerOptions options, params string[] command)
    {
        string id = options.Id ?? NewId();
        (await RunAsync(options with { Id = id, Detached = true }, command)).Exits(0);
        return id;
    }

    /// <summary>Starts a container that goes on running, and returns its id.</summary>
    protected Task<string> StartAsync(params string[] command) => StartAsync(new ContainerOptions(), command);

    /// <summary>The command up to, but without, the image.</summary>
    protected static string[] RunCommand(ContainerOptions options) =>
    [
        "ctr", "run", "--runtime", options.Runtime ?? TestNode.Runtime,
        .. options.Detached ? (string[])["--detach"] : ["--rm"],
        .. options.Config is null ? (string[])[] : ["--runtime-config-path", options.Config],
        .. options.Arguments,
    ];

    /// <summary>Runs ctr with these arguments.</summary>
    protected Task<CommandResult> CtrAsync(params string[] arguments) => Node.RunAsync(["ctr", .. arguments]);

    /// <summary>Status of a container's task: RUNNING, STOPPED …, or empty when there is none.</summary>
    protected async Task<string> StatusAsync(string id)
    {
        string list = (await CtrAsync("tasks", "ls")).Exits(0).Text;
        return list.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words.Length >= 3 && words[0] == id)?[2] ?? "";
    }

    /// <summary>Waits until something is so, and fails with the words when it is not in time.</summary>
    protected Task EventuallyAsync(string what, TimeSpan timeout, Func<Task<bool>> condition) =>
        Waiting.UntilAsync(what, timeout, condition, () => $"--- containerd's log ---\n{Node.LogTail()}");

    /// <summary>Kills the task if there is one and removes the container, whatever state it is in.</summary>
    protected async Task RemoveAsync(string id)
    {
        if (await StatusAsync(id) is not "")
        {
            await CtrAsync("tasks", "rm", "--force", id);
        }

        if ((await CtrAsync("containers", "ls", "-q")).Text.Split('\n').Contains(id))
        {
            (await CtrAsync("containers", "rm", id)).Exits(0);
        }
    }
}

/// <summary>How a container is run.</summary>
public sealed record ContainerOptions
{
    /// <summary>Its id; one is made up when there is none.</summary>
    public string? Id { get; init; }

    /// <summary>Its image.</summary>
    public string Image { get; init; } = TestImages.Busybox;

    /// <summary>Its runtime; the one under test when there is none.</summary>
    public string? Runtime { get; init; }

    /// <summary>Path of our settings on the node, or null for none.</summary>
    public string? Config { get; init; }

    /// <summary>More arguments for <c>ctr run</c>.</summary>
    public string[] Arguments { get; init; } = [];

    /// <summary>What it gets on its standard input.</summary>
    public byte[]? Input { get; init; }

    /// <summary>Whether <c>ctr run</c> returns as soon as it runs.</summary>
    public bool Detached { get; init; }

    /// <summary>How long the command may take.</summary>
    public TimeSpan? Timeout { get; init; }
}
