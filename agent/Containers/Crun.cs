using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Processes;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Containers;

/// <summary>Runs crun(1), which does the work inside the kernel: namespaces, mounts, cgroups, seccomp, capabilities.</summary>
/// <param name="reaper">Collects crun, and what it leaves to us.</param>
/// <param name="usePivotRoot">False on an initramfs, where pivot_root(2) is not possible.</param>
internal sealed class Crun(Reaper reaper, bool usePivotRoot)
{
    private const string Program = "/usr/bin/crun";
    private const string State = "/run/crun";
    private const string Runs = "/run/katanet";

    private long _lastRun;

    /// <summary>
    /// Lets crun say what it can do, for nobody to hear. The host asks for the first container right after our first answer;
    /// by then crun and its libraries are in the page cache, and an emulator has translated them. It costs the time of a
    /// processor that would wait otherwise.
    /// </summary>
    public static void Rehearse() => PosixSpawn.Start(new ChildStart { Path = Program, Arguments = ["crun", "features"] });

    /// <summary>Creates a container; its first process waits to be started.</summary>
    /// <param name="containerId">Its id.</param>
    /// <param name="bundle">Folder with config.json.</param>
    /// <param name="fds">Descriptors 0 to 2 of the first process; none with a terminal.</param>
    /// <param name="consoleSocket">Path of a listening socket that gets the terminal, or null.</param>
    /// <returns>The first process, and its end.</returns>
    /// <exception cref="TtrpcException">crun's reason, with a code that fits.</exception>
    public Task<(int Pid, Task<ChildExit> Exit)> CreateAsync(
        string containerId, string bundle, IReadOnlyDictionary<int, OwnedFd> fds, string? consoleSocket)
    {
        List<string> arguments = ["create", "--bundle", bundle];
        if (!usePivotRoot)
            arguments.Add("--no-pivot");
        return StartProcessAsync("create", containerId, arguments, [containerId], fds, consoleSocket);
    }

    /// <summary>Starts a second process in a container.</summary>
    /// <param name="containerId">The container's id.</param>
    /// <param name="processFile">Path of the process as JSON.</param>
    /// <param name="fds">Its descriptors 0 to 2; none with a terminal.</param>
    /// <param name="consoleSocket">Path of a listening socket that gets the terminal, or null.</param>
    /// <returns>The process, and its end.</returns>
    /// <exception cref="TtrpcException">crun's reason, with a code that fits.</exception>
    public Task<(int Pid, Task<ChildExit> Exit)> ExecAsync(
        string containerId, string processFile, IReadOnlyDictionary<int, OwnedFd> fds, string? consoleSocket) =>
        StartProcessAsync("exec", containerId, ["exec", "--detach", "--process", processFile], [containerId], fds, consoleSocket);

    /// <summary>Lets the first process of a created container go on to its program.</summary>
    /// <param name="containerId">The container's id.</param>
    /// <exception cref="TtrpcException">crun's reason, with a code that fits.</exception>
    public Task StartAsync(string containerId) => RunAsync("start", containerId, ["start", containerId], new Dictionary<int, OwnedFd>());

    /// <summary>Changes what a container may use.</summary>
    /// <param name="containerId">The container's id.</param>
    /// <param name="resourcesFile">Path of the limits as JSON; what it does not name stays as it is.</param>
    /// <exception cref="TtrpcException">crun's reason, with a code that fits.</exception>
    public Task UpdateAsync(string containerId, string resourcesFile) =>
        RunAsync("update", containerId, ["update", "--resources", resourcesFile, containerId], new Dictionary<int, OwnedFd>());

    /// <summary>Removes a container with all its processes and its cgroup. Nothing happens when there is none.</summary>
    /// <param name="containerId">The container's id.</param>
    /// <exception cref="TtrpcException">crun's reason, with a code that fits.</exception>
    public Task DeleteAsync(string containerId) =>
        RunAsync("delete", containerId, ["delete", "--force", containerId], new Dictionary<int, OwnedFd>());

    /// <summary>A path for something that lives as long as one run of crun.</summary>
    /// <param name="kind">What it is.</param>
    public string NewRunFile(string kind)
    {
        Directory.CreateDirectory(Runs);
        return Path.Combine(Runs, $"{Interlocked.Increment(ref _lastRun)}.{kind}");
    }

    private async Task<(int Pid, Task<ChildExit> Exit)> StartProcessAsync(
        string verb, string containerId, List<string> arguments, string[] last, IReadOnlyDictionary<int, OwnedFd> fds, string? consoleSocket)
    {
        var pidFile = NewRunFile("pid");
        try
        {
            arguments.AddRange(["--pid-file", pidFile]);
            if (consoleSocket is not null)
                arguments.AddRange(["--console-socket", consoleSocket]);
            var before = reaper.Now;
            await RunAsync(verb, containerId, [.. arguments, .. last], fds).ConfigureAwait(false);
            var pid = int.Parse(await File.ReadAllTextAsync(pidFile).ConfigureAwait(false), CultureInfo.InvariantCulture);
            return (pid, reaper.Claim(pid, before));
        }
        finally
        {
            File.Delete(pidFile);
        }
    }

    private async Task RunAsync(string verb, string containerId, IEnumerable<string> arguments, IReadOnlyDictionary<int, OwnedFd> fds)
    {
        var log = NewRunFile("log");
        try
        {
            var (_, exit) = reaper.Start(new ChildStart
            {
                Path = Program,
                Arguments = ["crun", "--root", State, "--cgroup-manager=cgroupfs", "--log", log, .. arguments],
                Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                Fds = fds,
            });
            var ended = await exit.ConfigureAwait(false);
            if (ended != new ChildExit(0, Signalled: false))
                throw CrunError.From(verb, containerId, ReadLog(log) is { Length: > 0 } said ? said : $"crun ended with {ended}");
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static string ReadLog(string path) => File.Exists(path) ? string.Join("; ", File.ReadAllLines(path)).Trim() : "";
}
