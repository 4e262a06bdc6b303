using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace KataShimNet.Shim.Cgroups;

/// <summary>
/// The cgroup in which a sandbox's processes sit: the shim moves into it before it starts fsd and QEMU, which begin where it is. Limits come
/// from the cgroup above, the pod's.
/// </summary>
internal sealed partial class SandboxCgroup
{
    private const string Mounts = "/proc/self/mountinfo";
    private const string Own = "/proc/self/cgroup";

    // The last processes of fsd end a moment after the one that we wait for.
    private static readonly ResiliencePipeline s_removal = new ResiliencePipelineBuilder { Name = "cgroup-removal" }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<IOException>(),
            MaxRetryAttempts = 60,
            BackoffType = DelayBackoffType.Constant,
            Delay = TimeSpan.FromMilliseconds(25),
        })
        .Build();

    private readonly string _group;
    private readonly int? _companion;
    private readonly List<(CgroupHierarchy Hierarchy, string Before)> _entered = [];

    private SandboxCgroup(string group, int? companion) => (_group, _companion) = (group, companion);

    /// <summary>Makes the cgroup in every hierarchy and moves this process into it. A hierarchy that refuses is passed over, with a warning.</summary>
    /// <param name="group">From <see cref="CgroupPath"/>.</param>
    /// <param name="companion">A process that was started before and outlives the sandbox: it comes along, and leaves with this one.</param>
    /// <param name="log">Where warnings go.</param>
    public static SandboxCgroup Enter(string group, int? companion, ILogger log)
    {
        var cgroup = new SandboxCgroup(group, companion);
        var own = File.ReadAllLines(Own);
        foreach (var hierarchy in CgroupHierarchy.Read(File.ReadLines(Mounts)))
        {
            try
            {
                var before = hierarchy.GroupIn(own);
                hierarchy.Make(group);
                cgroup.Move(hierarchy, group);
                cgroup._entered.Add((hierarchy, before));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogRefused(log, hierarchy.FolderOf(group), e.Message);
            }
        }

        return cgroup;
    }

    /// <summary>Moves this process back where it was, and removes the cgroup. The sandbox's other processes have to have ended.</summary>
    /// <exception cref="IOException">Something is still in it.</exception>
    public async Task LeaveAsync()
    {
        foreach (var (hierarchy, before) in _entered)
            Move(hierarchy, Directory.Exists(hierarchy.FolderOf(before)) ? before : "/");
        await RemoveAsync(_group).ConfigureAwait(false);
    }

    /// <summary>Removes a sandbox's cgroup from every hierarchy, as far as it is there.</summary>
    /// <param name="group">From <see cref="CgroupPath"/>.</param>
    /// <exception cref="IOException">Something is still in it.</exception>
    public static async Task RemoveAsync(string group)
    {
        foreach (var hierarchy in CgroupHierarchy.Read(File.ReadLines(Mounts)))
            await s_removal.ExecuteAsync(async _ => await Task.Run(() => hierarchy.Remove(group), CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private void Move(CgroupHierarchy hierarchy, string group)
    {
        hierarchy.Enter(group, Environment.ProcessId);
        if (_companion is not { } companion)
            return;
        try
        {
            hierarchy.Enter(group, companion);
        }
        catch (IOException)
        {
            // What this process may do, that one may too: it has ended.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a cgroup cannot be used; the sandbox's processes stay where containerd is")]
    private static partial void LogRefused(ILogger log, string cgroup, string reason);
}
