using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Sharing;
using KataShimNet.Shim.Tasks;

namespace KataShimNet.Shim.Prometheus;

/// <summary>The numbers of a sandbox, read when somebody asks.</summary>
/// <param name="identity">Which sandbox.</param>
/// <param name="sandbox">The virtual machine.</param>
/// <param name="tasks">Its containers.</param>
/// <param name="calls">What the server counts.</param>
internal sealed class MetricsService(SandboxIdentity identity, Sandbox sandbox, TaskService tasks, CallCounters calls)
{
    // Whoever asks has many sandboxes to ask: a part that does not answer in time is left out.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // Made when they are needed first: most servers are never asked.
    private readonly Lazy<ProcessFamilies> _shim = new(static () => new ProcessFamilies("katanet_shim"));
    private readonly Lazy<ProcessFamilies> _vmm = new(static () => new ProcessFamilies("katanet_vmm"));
    private readonly Lazy<ProcessFamilies> _fsd = new(static () => new ProcessFamilies("katanet_fsd", "share", "process"));

    /// <summary>Get.</summary>
    public async Task<MetricsResponse> GetAsync(MetricsRequest request, CancellationToken cancel)
    {
        var machine = sandbox.Machine;
        ContainerTask[] containers = [.. tasks.All.OrderBy(static task => task.Init.ContainerId, StringComparer.Ordinal)];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_patience);
        // Asked for side by side: each waits for another process.
        var guest = machine?.Agent is { } agent ? OrNothingAsync(agent.GetMetricsAsync(limit.Token)) : Task.FromResult<string?>(null);
        var shares = Task.WhenAll(SharesOf(machine).Select(share => AskAsync(share.Name, share.Daemon, limit.Token)));
        var stats = Task.WhenAll(containers.Where(static task => task.Init.Lives).Select(task => AskAsync(task, limit.Token)));

        var text = new Exposition(("namespace", identity.Namespace), ("sandbox", identity.Id));
        _shim.Value.Write(text, (Environment.ProcessId, []));
        ShimFamilies.Write(text, containers, machine?.Times, calls);
        if (machine is not null)
            _vmm.Value.Write(text, (machine.Qemu.Child.Pid, []));
        (string Name, SharingDaemon Daemon, DaemonMetrics? Numbers)[] daemons = await shares.ConfigureAwait(false);
        _fsd.Value.Write(text, [.. daemons.SelectMany(static daemon => ProcessesOf(daemon.Name, daemon.Daemon, daemon.Numbers))]);
        ShareFamilies.Write(text, [.. daemons.Where(static daemon => daemon.Numbers is not null).Select(static daemon => (daemon.Name, daemon.Numbers!))]);
        if (await guest.ConfigureAwait(false) is { } said)
            GuestText.Write(text, said);
        ContainerFamilies.Write(text, [.. from found in await stats.ConfigureAwait(false) where found.Numbers is not null select (found.Id, found.Numbers)]);
        return new MetricsResponse { Text = text.ToString() };
    }

    private static IEnumerable<(string Name, SharingDaemon Daemon)> SharesOf(SandboxMachine? machine)
    {
        if (machine is null)
            yield break;
        yield return ("files", machine.Fsd);
        if (machine.Mapped.Daemon is { } mapped)
            yield return ("mapped", mapped);
    }

    private static IEnumerable<(int Pid, string[] Labels)> ProcessesOf(string share, SharingDaemon daemon, DaemonMetrics? numbers)
    {
        yield return (daemon.Child.Pid, [share, "keeper"]);
        if (numbers is not null)
            yield return (numbers.WorkerPid, [share, "worker"]);
    }

    private static async Task<(string Name, SharingDaemon Daemon, DaemonMetrics? Numbers)> AskAsync(string name, SharingDaemon daemon, CancellationToken cancel) =>
        (name, daemon, await OrNothingAsync(daemon.GetMetricsAsync().WaitAsync(cancel)).ConfigureAwait(false));

    private static async Task<(string Id, Metrics? Numbers)> AskAsync(ContainerTask task, CancellationToken cancel)
    {
        var stats = await OrNothingAsync(task.Init.Container.StatsAsync(cancel)).ConfigureAwait(false);
        return (task.Init.ContainerId, stats is null ? null : TaskMetrics.Convert(stats.CgroupStats ?? new AgentProto.Kata.CgroupStats()));
    }

    // What is not there at this moment, or is going away, is no error.
    private static async Task<T?> OrNothingAsync<T>(Task<T> question)
        where T : class
    {
        try
        {
            return await question.ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or LinuxException or OperationCanceledException or ObjectDisposedException or Polly.Timeout.TimeoutRejectedException)
        {
            return null;
        }
    }
}
