using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>The processes of one sandbox on a node.</summary>
/// <param name="Id">Id of the sandbox.</param>
/// <param name="Shim">Its shim.</param>
/// <param name="Qemu">Its machine.</param>
/// <param name="Fsd">The shim's own child; it has others below it.</param>
/// <param name="All">These and all below them.</param>
public sealed record SandboxProcesses(string Id, HostProcess Shim, HostProcess Qemu, HostProcess Fsd, IReadOnlyList<HostProcess> All)
{
    /// <summary>Finds them by QEMU's name.</summary>
    public static SandboxProcesses Of(TestNode node, string id)
    {
        IReadOnlyList<ProcessEntry> all = ProcessTree.Below(node.InitPid);
        ProcessEntry qemu = all.First(process => process.Arguments.Contains($" -name sandbox-{id} ", StringComparison.Ordinal));
        ProcessEntry shim = all.First(process => process.Pid == qemu.ParentPid);
        ProcessEntry fsd = all.First(process => process.ParentPid == shim.Pid && process.Name == "katanet-fsd");
        HostProcess[] below = [.. ProcessTree.Below(shim.Pid).Select(process => new HostProcess(process.Pid, process.Name))];
        var itself = new HostProcess(shim.Pid, shim.Name);
        return new SandboxProcesses(id, itself, new HostProcess(qemu.Pid, qemu.Name), new HostProcess(fsd.Pid, fsd.Name), [itself, .. below]);
    }
}

/// <summary>A process, as /proc shows it.</summary>
/// <param name="Pid">Its id, as the tests see it.</param>
/// <param name="Name">Name of its program.</param>
public sealed record HostProcess(int Pid, string Name)
{
    /// <summary>Its real user.</summary>
    public uint Uid => FirstId("Uid");

    /// <summary>Its real group.</summary>
    public uint Gid => FirstId("Gid");

    /// <summary>Its id in the node's own pid namespace, below the tests'.</summary>
    public int NodePid => int.Parse(Status()["NSpid"].Split('\t', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);

    /// <summary>The fields of /proc/PID/status (proc_pid_status(5)).</summary>
    public Dictionary<string, string> Status() =>
        File.ReadLines($"/proc/{Pid}/status").Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(' ', '\t'), StringComparer.Ordinal);

    /// <summary>What its descriptors lead to.</summary>
    public IReadOnlyList<string> Descriptors() =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/{Pid}/fd").Select(link => new FileInfo(link).LinkTarget ?? "")];

    private uint FirstId(string field) => uint.Parse(Status()[field].Split('\t', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
}
