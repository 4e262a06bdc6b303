using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;

namespace KataShimNet.EndToEndTests.Nodes;

/// <summary>A running test node (deploy/node): its own mounts, processes and network, with containerd up.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly string _script;
    private readonly string _run;

    private TestNode(string script, string run, string id, int initPid)
    {
        (_script, _run, Id, InitPid) = (script, run, id, initPid);
    }

    /// <summary>Version of containerd under test: 2.1, 1.7 or 1.6 (KATANET_CONTAINERD).</summary>
    public static string Containerd { get; } = Environment.GetEnvironmentVariable("KATANET_CONTAINERD") ?? "2.1";

    /// <summary>Runtime under test (KATANET_RUNTIME): io.containerd.runc.v2 serves to check the tests themselves.</summary>
    public static string Runtime { get; } = Environment.GetEnvironmentVariable("KATANET_RUNTIME") ?? "io.containerd.katanet.v2";

    /// <summary>Whether the runtime under test is ours.</summary>
    public static bool IsKatanet => Runtime == "io.containerd.katanet.v2";

    /// <summary>What containerd and the shim speak: ttrpc, or grpc (KATANET_PROTOCOL).</summary>
    public static string Protocol { get; } = Environment.GetEnvironmentVariable("KATANET_PROTOCOL") ?? "ttrpc";

    /// <summary>The node's id.</summary>
    public string Id { get; }

    /// <summary>Process id of the node's init, as the tests' own pid namespace has it.</summary>
    public int InitPid { get; }

    /// <summary>Path prefix under which the tests see the node's files.</summary>
    public string Root => $"/proc/{InitPid}/root";

    /// <summary>Folder of the node on the disk; the node has it as /state.</summary>
    public string State => Path.Combine(_run, "state");

    /// <summary>Path of containerd's log, as the tests see it.</summary>
    public string LogPath => Path.Combine(State, "log", "containerd.log");

    /// <summary>Process id of the node's containerd, as the tests see it.</summary>
    public int ContainerdPid => Leaks.ProcessTree.Below(InitPid).First(process => process.Name == "containerd").Pid;

    /// <summary>Starts a node; builds its tree when that is missing.</summary>
    /// <param name="purpose">Part of its name, so that several can be told apart.</param>
    /// <param name="bare">Whether it has nothing of ours and can be written to.</param>
    public static async Task<TestNode> StartAsync(string purpose = "e2e", bool bare = false)
    {
        string repository = FindRepository();
        string script = Path.Combine(repository, "deploy/node/node.sh");
        string id = $"{purpose}-{Containerd}-{Environment.ProcessId}";
        string runs = Environment.GetEnvironmentVariable("KATANET_RUN_DIR") ?? Path.Combine(repository, ".node/run");
        (await Command.RunAsync(TimeSpan.FromMinutes(10), null, script, "build")).Exits(0);
        (await Command.RunAsync(TimeSpan.FromMinutes(2), null, "env", $"KATANET_NODE_BARE={(bare ? "1" : "")}", script, "start", id)).Exits(0);
        string run = Path.Combine(runs, id);
        string outer = (await File.ReadAllTextAsync(Path.Combine(run, "pid"))).Trim();
        string children = await File.ReadAllTextAsync($"/proc/{outer}/task/{outer}/children");
        return new TestNode(script, run, id, int.Parse(children.Trim(), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Runs a command in the node.</summary>
    public Task<CommandResult> RunAsync(TimeSpan timeout, Stream? input, params string[] command) =>
        Command.RunAsync(timeout, input, _script, ["exec", Id, .. command]);

    /// <summary>Runs a command in the node that takes a moment only.</summary>
    public Task<CommandResult> RunAsync(params string[] command) => RunAsync(TimeSpan.FromSeconds(30), null, command);

    /// <summary>Starts a command in the node and leaves it running; the caller ends it.</summary>
    public Process Start(params string[] command) => Command.Start(_script, ["exec", Id, .. command]);

    /// <summary>Writes a file of the node.</summary>
    public async Task WriteFileAsync(string path, string content, bool executable = false)
    {
        Directory.CreateDirectory(Root + Path.GetDirectoryName(path));
        await File.WriteAllTextAsync(Root + path, content, new UTF8Encoding(false));
        (await RunAsync("chmod", executable ? "755" : "644", path)).Exits(0);
    }

    /// <summary>Last lines of containerd's log, which holds the shims' logs too.</summary>
    public string LogTail(int lines = 200) => string.Join('\n', LogLines().TakeLast(lines).Select(line => line.Length <= 600 ? line : line[..600]));

    /// <summary>Containerd's log as far as it is written.</summary>
    public IEnumerable<string> LogLines()
    {
        using FileStream stream = new(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() =>
        (await Command.RunAsync(TimeSpan.FromMinutes(1), null, _script, "stop", Id)).Exits(0);

    /// <summary>The repository that the tests were built in.</summary>
    internal static string FindRepository()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "KataShimNet.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("the tests are not run from inside the repository");
    }
}
