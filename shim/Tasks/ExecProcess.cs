using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Stdio;
using OciProcess = KataShimNet.AgentProto.Kata.Oci.Process;

namespace KataShimNet.Shim.Tasks;

/// <summary>A process added to a container.</summary>
/// <param name="context">What tasks share.</param>
/// <param name="containerId">The container.</param>
/// <param name="execId">Its id.</param>
/// <param name="process">What it runs.</param>
/// <param name="paths">Where its streams go.</param>
internal sealed class ExecProcess(TaskContext context, string containerId, string execId, OciProcess process, StdioPaths paths)
    : GuestProcess(context, containerId, execId, paths)
{
    /// <summary>Publishes that it is there.</summary>
    public void PublishAdded() => Context.Events.Publish(Topics.ExecAdded, new TaskExecAdded { ContainerId = ContainerId, ExecId = ExecId });

    /// <inheritdoc/>
    protected override Task LaunchInGuestAsync(CancellationToken cancel) => Agent.ExecAsync(process, cancel);

    // The guest does not know of it before it runs, and forgets it when it has ended.

    /// <inheritdoc/>
    protected override Task DiscardInGuestAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task RemoveInGuestAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override void PublishStarted() =>
        Context.Events.Publish(Topics.ExecStarted, new TaskExecStarted { ContainerId = ContainerId, ExecId = ExecId, Pid = Pid });

    /// <inheritdoc/>
    protected override void PublishExited(ProcessExit exit) => Context.Events.Publish(Topics.Exit, new TaskExit
    {
        ContainerId = ContainerId,
        Id = ExecId,
        Pid = Pid,
        ExitStatus = exit.Status,
        ExitedAt = Timestamp.FromDateTime(exit.At),
    });

    /// <inheritdoc/>
    protected override void PublishDeleted(ProcessExit exit)
    {
        // As the runc shim: the end of an exec is announced by its exit only.
    }
}
