using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Volumes;

/// <summary>A test with containers of one pod, grouped by the annotations that containerd's CRI plugin uses, and with kubelet's folders.</summary>
public abstract class PodVolumeTest(NodeFixture fixture) : ContainerTest(fixture)
{
    private readonly Stack<string> _members = new();
    private int _execs;
    private string? _sandbox;

    /// <summary>kubelet's folder of the pod, as the node has it.</summary>
    protected string PodFolder { get; } = $"/var/lib/kubelet/pods/{Guid.NewGuid()}";

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Directory.CreateDirectory(OnHost(PodFolder));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await EndPodAsync();
        (await Node.RunAsync("sh", "-c", $"grep -o ' {PodFolder}[^ ]*' /proc/self/mountinfo | sort -r | xargs -r umount; rm -rf --one-file-system {PodFolder}")).Exits(0);
        await base.DisposeAsync();
    }

    /// <summary>Removes the pod's containers.</summary>
    protected async Task EndPodAsync()
    {
        // The first one is the pod: it goes last.
        while (_members.TryPop(out string? id))
        {
            await RemoveAsync(id);
        }
    }

    /// <summary>Path of a file of the node as the tests see it.</summary>
    protected string OnHost(string path) => Node.Root + path;

    /// <summary>Starts a container of the pod: the first one makes it.</summary>
    /// <param name="arguments">More arguments for <c>ctr run</c>.</param>
    /// <param name="command">What it runs.</param>
    protected async Task<string> JoinAsync(string[] arguments, params string[] command)
    {
        string id = NewId("pod");
        string kind = _sandbox is null ? "sandbox" : "container";
        _sandbox ??= id;
        _members.Push(id);
        return await StartAsync(
            new ContainerOptions
            {
                Id = id,
                Arguments =
                [
                    "--annotation", $"io.kubernetes.cri.container-type={kind}", "--annotation", $"io.kubernetes.cri.sandbox-id={_sandbox}", .. arguments,
                ],
            },
            command);
    }

    /// <summary>A bind mount for <c>ctr run</c>.</summary>
    protected static string[] Bind(string source, string destination, string options = "rbind:rw") =>
        ["--mount", $"type=bind,src={source},dst={destination},options={options}"];

    /// <summary>Runs a script in a container.</summary>
    protected Task<CommandResult> ShellAsync(string container, string script) =>
        Node.RunAsync(TimeSpan.FromMinutes(2), null, [.. Exec(container), "sh", "-c", script]);

    /// <summary>Starts a program in a container and waits for its first line.</summary>
    protected async Task<Process> BeginAsync(string container, string firstLine, params string[] command)
    {
        Process process = Node.Start([.. Exec(container), .. command]);
        string? line = await process.StandardOutput.ReadLineAsync();
        Xunit.Assert.True(line == firstLine, $"expected '{firstLine}', got '{line}'");
        return process;
    }

    private IEnumerable<string> Exec(string container) => ["ctr", "tasks", "exec", "--exec-id", $"e{++_execs}", container];
}
