using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Containers;

/// <summary>The control group of a container, by its files (kernel: admin-guide/cgroup-v2.rst).</summary>
/// <param name="folder">Path of the group.</param>
internal sealed class ContainerCgroup(string folder)
{
    /// <summary>Value of a limit that says "max".</summary>
    public const ulong NoLimit = ulong.MaxValue;

    private static readonly TimeSpan s_freezeTime = TimeSpan.FromSeconds(10);

    /// <summary>The group of a container.</summary>
    /// <param name="containerId">Its id.</param>
    public static ContainerCgroup Of(string containerId) => new(Cgroups.Root + SpecAdapter.CgroupOf(containerId));

    /// <summary>Path of a file of the group.</summary>
    /// <param name="file">Its name.</param>
    public string PathOf(string file) => Path.Combine(folder, file);

    /// <summary>Names of the group's files that match a pattern.</summary>
    /// <param name="pattern">Such as <c>hugetlb.*.current</c>.</param>
    public IEnumerable<string> Files(string pattern) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, pattern).Select(f => Path.GetFileName(f))
        : [];

    /// <summary>Content of a file; empty when there is none: a controller that is off, or a group that is gone.</summary>
    /// <param name="file">Its name.</param>
    public string Read(string file)
    {
        try
        {
            return File.ReadAllText(PathOf(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A file that holds one number.</summary>
    /// <param name="file">Its name.</param>
    /// <returns>0 when there is no such file, <see cref="NoLimit"/> for "max".</returns>
    public ulong Number(string file) => ParseNumber(Read(file).Trim());

    /// <summary>A file that holds a name and a number in each line.</summary>
    /// <param name="file">Its name.</param>
    public IReadOnlyDictionary<string, ulong> Fields(string file) => ParseFields(Read(file));

    /// <summary>Names and numbers, one pair in each line.</summary>
    /// <param name="text">The lines; one that is not such a pair is passed over.</param>
    public static IReadOnlyDictionary<string, ulong> ParseFields(string text)
    {
        var fields = new Dictionary<string, ulong>();
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(' ') is [var name, var value])
                fields[name] = ParseNumber(value);
        }

        return fields;
    }

    /// <summary>Processes of the group and of the groups below it, which a container may have made.</summary>
    public IReadOnlyList<int> Processes()
    {
        var processes = new List<int>();
        if (!Directory.Exists(folder))
            return processes;
        foreach (var group in (string[])[folder, .. Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories)])
        {
            foreach (var line in new ContainerCgroup(group).Read("cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                processes.Add(int.Parse(line, CultureInfo.InvariantCulture));
        }

        return processes;
    }

    /// <summary>Ends every process, those included that left their session. A group that is gone is no error.</summary>
    public void Kill()
    {
        try
        {
            File.WriteAllText(PathOf("cgroup.kill"), "1");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The group goes with its last process: nothing is left to end then.
        }
    }

    /// <summary>Sends a signal to every process.</summary>
    /// <param name="signal">1 to 64.</param>
    public void Signal(int signal)
    {
        if (signal == Signals.SIGKILL)
        {
            Kill();
            return;
        }

        // A number may have gone to another process after it was read. One that is held, and still listed, is meant.
        var held = Processes().Select(pid => (Pid: pid, Process: PidFd.TryOpen(pid))).ToArray();
        var still = Processes().ToHashSet();
        foreach (var (pid, process) in held)
        {
            if (process is not null && still.Contains(pid))
                process.Kill(signal);
            process?.Dispose();
        }
    }

    /// <summary>Stops all processes, or lets them go on, and waits until that is so.</summary>
    /// <param name="frozen">Whether they are to stop.</param>
    /// <param name="poller">Waits.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">NotFound: the group is gone. DeadlineExceeded: a process does not stop.</exception>
    public async Task FreezeAsync(bool frozen, FdPoller poller, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_freezeTime);
        try
        {
            using var events = CgroupEvents.Open(PathOf("cgroup.events"));
            await File.WriteAllTextAsync(PathOf("cgroup.freeze"), frozen ? "1" : "0", cancel).ConfigureAwait(false);
            while (events.Read().GetValueOrDefault("frozen") != (frozen ? 1ul : 0))
                await events.ChangedAsync(poller, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            if (frozen)
                await File.WriteAllTextAsync(PathOf("cgroup.freeze"), "0", cancel).ConfigureAwait(false);
            throw new TtrpcException(StatusCode.DeadlineExceeded, $"a process of {folder} did not stop within {s_freezeTime.TotalSeconds} s");
        }
        catch (IOException e)
        {
            throw new TtrpcException(StatusCode.NotFound, $"the container's processes are gone: {e.Message}", e);
        }
    }

    private static ulong ParseNumber(string text) =>
        text == "max" ? NoLimit : ulong.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
