using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Hooks;
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
    private readonly OomNotice _oom = new(() => context.Events.Publish(Topics.Oom, new TaskOOM { ContainerId = request.Id }));
    private ContainerHooks? _hooks;
    private string? _resolvConf;

    /// <summary>The agent's calls about the container.</summary>
    public AgentContainer Container { get; } = new(context.Sandbox, request.Id, TimeSpan.FromSeconds(context.Options.Agent.RequestTimeoutSeconds));

    /// <summary>When it was created, UTC.</summary>
    public DateTime CreatedAt { get; } = DateTime.UtcNow;

    /// <summary>When it was started, UTC; null before that.</summary>
    public DateTime? StartedAt { get; private set; }

    /// <summary>The container's name in its pod; empty without Kubernetes.</summary>
    public string KubernetesName { get; private set; } = "";

    /// <summary>The container's image; empty without Kubernetes.</summary>
    public string ImageName { get; private set; } = "";

    /// <summary>The agent reports that the container ran out of memory.</summary>
    public void ReportOom() => _oom.Report();

    /// <summary>Boots the sandbox if nobody has yet, makes the container in it, and publishes that.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task CreateAsync(CancellationToken cancel)
    {
        var spec = BundleSpec.Read(request.Bundle);
        KubernetesName = spec.Annotations.GetValueOrDefault("io.kubernetes.cri.container-name", "");
        ImageName = spec.Annotations.GetValueOrDefault("io.kubernetes.cri.image-name", "");
        _resolvConf = spec.Mounts.FirstOrDefault(m => m.Destination == "/etc/resolv.conf")?.Source;
        await Context.Sandbox.StartAsync(cancel).ConfigureAwait(false);
        Pid = (uint)Context.Sandbox.HostPid;
        _hooks = ContainerHooks.Of(ContainerId, request.Bundle, spec, Context.Log);
        if (_hooks is { } hooks)
            await hooks.BeforeCreateAsync((int)Pid, cancel).ConfigureAwait(false);
        try
        {
            // What hooks are there for is most often the network.
            if (_hooks is not null)
                await Context.Sandbox.SyncNetworkAsync(cancel).ConfigureAwait(false);
            await Context.Sandbox.CreateContainerAsync(request, spec, cancel).ConfigureAwait(false);
        }
        catch
        {
            await AfterDeleteAsync().ConfigureAwait(false);
            throw;
        }

        Context.Events.Publish(Topics.Create, new TaskCreate
        {
            ContainerId = ContainerId,
            Bundle = request.Bundle,
            Rootfs = { request.Rootfs.Select(m => new Mount(m)) },
            Io = new TaskIO { Stdin = Paths.Stdin, Stdout = Paths.Stdout, Stderr = Paths.Stderr, Terminal = Paths.Terminal },
            Pid = Pid,
        });
    }

    private Task AfterDeleteAsync() => _hooks?.AfterDeleteAsync() ?? Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task LaunchInGuestAsync(CancellationToken cancel)
    {
        // Docker sets the network up between Create and Start, and says then where names are to be asked for.
        await Context.Sandbox.SyncNetworkAsync(cancel).ConfigureAwait(false);
        if (_resolvConf is { } resolvConf)
            await Context.Sandbox.ServeNamesAsync(resolvConf, cancel).ConfigureAwait(false);
        await Agent.StartContainerAsync(cancel).ConfigureAwait(false);
        if (_hooks is { } hooks)
            await hooks.AfterStartAsync((int)Pid).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task DiscardInGuestAsync(CancellationToken cancel) => Context.Sandbox.RemoveContainerAsync(ContainerId, cancel);

    /// <inheritdoc/>
    protected override async Task RemoveInGuestAsync(CancellationToken cancel)
    {
        await Context.Sandbox.RemoveContainerAsync(ContainerId, cancel).ConfigureAwait(false);
        await AfterDeleteAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task FreezeInGuestAsync(bool paused, CancellationToken cancel) => Container.FreezeAsync(paused, cancel);

    /// <inheritdoc/>
    protected override void PublishFrozen(bool paused)
    {
        if (paused)
            Context.Events.Publish(Topics.Paused, new TaskPaused { ContainerId = ContainerId });
        else
            Context.Events.Publish(Topics.Resumed, new TaskResumed { ContainerId = ContainerId });
    }

    /// <inheritdoc/>
    protected override async Task ExamineAsync(ProcessExit exit)
    {
        var kills = 0ul;
        try
        {
            if (exit.Status == ProcessExit.Killed)
                kills = await Container.OomKillsAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (TtrpcException)
        {
            // The guest is gone: it was not the container's limit then.
        }

        _oom.End(kills > 0);
    }

    /// <inheritdoc/>
    protected override void PublishStarted()
    {
        StartedAt = DateTime.UtcNow;
        Context.Events.Publish(Topics.Start, new TaskStart { ContainerId = ContainerId, Pid = Pid });
        _oom.Start();
    }

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
