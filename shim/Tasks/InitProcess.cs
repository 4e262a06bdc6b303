using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Stdio;

namespace KataShimNet.Shim.Tasks;

/// <summary>A container's first process; its life is the container's.</summary>
/// <param name="context">What tasks share.</param>
/// <param name="request">The container.</param>
/// <param name="paths">Where its streams go.</param>
internal sealed class InitProcess(TaskContext context, ContainerRequest request, StdioPaths paths)
    : GuestProcess(context, request.Id, execId: "", paths)
{
    /// <summary>Boots the sandbox if nobody has yet, makes the container in it, and publishes that.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task CreateAsync(CancellationToken cancel)
    {
        await Context.Sandbox.StartAsync(cancel).ConfigureAwait(false);
        await Context.Sandbox.CreateContainerAsync(request, cancel).ConfigureAwait(false);
        Pid = (uint)Context.Sandbox.HostPid;
        Context.Events.Publish(Topics.Create, new TaskCreate
        {
            ContainerId = ContainerId,
            Bundle = request.Bundle,
            Rootfs = { request.Rootfs.Select(m => new Mount(m)) },
            Io = new TaskIO { Stdin = Paths.Stdin, Stdout = Paths.Stdout, Stderr = Paths.Stderr, Terminal = Paths.Terminal },
            Pid = Pid,
        });
    }

    /// <inheritdoc/>
    protected override Task LaunchInGuestAsync(CancellationToken cancel) => Agent.StartContainerAsync(cancel);

    /// <inheritdoc/>
    protected override Task DiscardInGuestAsync(CancellationToken cancel) => Context.Sandbox.RemoveContainerAsync(ContainerId, cancel);

    /// <inheritdoc/>
    protected override Task RemoveInGuestAsync(CancellationToken cancel) => Context.Sandbox.RemoveContainerAsync(ContainerId, cancel);

    /// <inheritdoc/>
    protected override void PublishStarted() => Context.Events.Publish(Topics.Start, new TaskStart { ContainerId = ContainerId, Pid = Pid });

    /// <inheritdoc/>
    protected override void PublishExited(ProcessExit exit) => Context.Events.Publish(Topics.Exit, new TaskExit
    {
        ContainerId = ContainerId,
        Id = ContainerId,
        Pid = Pid,
        ExitStatus = exit.Status,
        ExitedAt = Timestamp.FromDateTime(exit.At),
    });

    /// <inheritdoc/>
    protected override void PublishDeleted(ProcessExit exit) => Context.Events.Publish(Topics.Delete, new TaskDelete
    {
        ContainerId = ContainerId,
        Pid = Pid,
        ExitStatus = exit.Status,
        ExitedAt = Timestamp.FromDateTime(exit.At),
    });
}
