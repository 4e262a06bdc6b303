using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Stdio;
using KataShimNet.Shim.Tasks.States;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Tasks;

/// <summary>A process in the guest as containerd knows it: a container's init, or one that was added by Exec.</summary>
internal abstract partial class GuestProcess : IDisposable
{
    // One change of state at a time. Held during calls to the agent that change the state; signals to a running process do not take it.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ProcessState _state;

    /// <summary>A process that is created, with its streams open.</summary>
    protected GuestProcess(TaskContext context, string containerId, string execId, StdioPaths paths)
    {
        Context = context;
        ContainerId = containerId;
        ExecId = execId;
        Paths = paths;
        Agent = new AgentProcess(context.Sandbox, containerId, execId, TimeSpan.FromSeconds(context.Options.Agent.RequestTimeoutSeconds));
        Stdio = ProcessStdio.Open(
            paths, context.Poller, TimeSpan.FromSeconds(context.Options.Runtime.OutputGraceSeconds), context.Log,
            (execId.Length == 0 ? containerId : execId, context.Namespace));
        _state = new CreatedState(this);
    }

    /// <summary>The container.</summary>
    public string ContainerId { get; }

    /// <summary>Id of the exec; empty for the init.</summary>
    public string ExecId { get; }

    /// <summary>Where its streams go.</summary>
    public StdioPaths Paths { get; }

    /// <summary>Its streams.</summary>
    public ProcessStdio Stdio { get; }

    /// <summary>The agent's calls about it.</summary>
    public AgentProcess Agent { get; }

    /// <summary>As it is called in errors.</summary>
    public string Name => (ExecId, ContainerId) switch
    {
        ("", _) => $"container {ContainerId}",
        (_, GuestContract.GuestItself) => $"exec {ExecId} in the guest",
        _ => $"exec {ExecId} of container {ContainerId}",
    };

    /// <summary>Process on the host that stands for it; 0 before the sandbox runs.</summary>
    public uint Pid { get; protected set; }

    /// <summary>Its state as containerd names it.</summary>
    public Status Status => _state.Status;

    /// <summary>Whether it is there in the guest.</summary>
    public bool Lives => _state.Lives;

    /// <summary>How it ended, or null.</summary>
    public ProcessExit? Exit => _state.Exit;

    /// <summary>Completes when it has ended and its exit was published.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>What it shares with others.</summary>
    protected TaskContext Context { get; }

    /// <summary>Starts it.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task StartAsync(CancellationToken cancel) => LockedAsync(() => _state.StartAsync(cancel), cancel);

    /// <summary>Signals it.</summary>
    /// <param name="signal">Number of the signal.</param>
    /// <param name="all">Whether it is for every process of the container.</param>
    /// <param name="cancel">Gives up.</param>
    public Task KillAsync(uint signal, bool all, CancellationToken cancel) => _state is { Lives: true } living
        ? living.KillAsync(signal, all, cancel)
        : LockedAsync(() => _state.KillAsync(signal, all, cancel), cancel);

    /// <summary>Stops all processes of its container.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task PauseAsync(CancellationToken cancel) => LockedAsync(() => _state.PauseAsync(cancel), cancel);

    /// <summary>Lets all processes of its container go on.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task ResumeAsync(CancellationToken cancel) => LockedAsync(() => _state.ResumeAsync(cancel), cancel);

    /// <summary>Sets the size of its terminal.</summary>
    /// <param name="rows">Lines.</param>
    /// <param name="columns">Characters per line.</param>
    /// <param name="cancel">Gives up.</param>
    public Task ResizeAsync(uint rows, uint columns, CancellationToken cancel) => _state.ResizeAsync(rows, columns, cancel);

    /// <summary>Removes it.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<ProcessExit> DeleteAsync(CancellationToken cancel)
    {
        ProcessExit? exit = null;
        await LockedAsync(async () => exit = await _state.DeleteAsync(cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        return exit!;
    }

    /// <summary>Closes its streams, for a process that is not to be.</summary>
    public void Dispose()
    {
        Stdio.Dispose();
        _gate.Dispose();
    }

    /// <summary>Created → running: starts it in the guest, publishes that, and waits for its end from then on.</summary>
    internal async Task LaunchAsync(CancellationToken cancel)
    {
        try
        {
            await LaunchInGuestAsync(cancel).ConfigureAwait(false);
        }
        catch (TtrpcException e)
        {
            // Docker waits for the end of the streams before it deletes what did not start.
            Stdio.Dispose();
            throw await ExplainAsync($"{Name} cannot be started", e).ConfigureAwait(false);
        }

        Pid = (uint)Context.Sandbox.HostPid;
        _state = new RunningState(this);
        Stdio.Start(Agent);
        PublishStarted();
        _ = WatchAsync();
    }

    /// <summary>Passes a signal to the running process.</summary>
    internal async Task SignalAsync(uint signal, bool all, CancellationToken cancel)
    {
        try
        {
            await Agent.SignalAsync(signal, all, cancel).ConfigureAwait(false);
        }
        catch (TtrpcException e) when (e.Code == StatusCode.NotFound)
        {
            throw new TtrpcException(StatusCode.NotFound, $"{Name}: process already finished", e);
        }
        catch (TtrpcException e)
        {
            var error = await ExplainAsync($"{Name} cannot be signalled", e).ConfigureAwait(false);
            // It ended with its sandbox, and that is published: containerd waits for it after NotFound, and fails the pod's stop after any other.
            throw error.Code == StatusCode.Aborted ? new TtrpcException(StatusCode.NotFound, error.Message, e) : error;
        }
    }

    /// <summary>Running → pausing → paused, or the way back. The caller holds the gate.</summary>
    /// <param name="paused">Where to.</param>
    /// <param name="cancel">Gives up.</param>
    internal async Task FreezeAsync(bool paused, CancellationToken cancel)
    {
        var before = _state;
        if (paused)
            _state = new PausingState(this);
        try
        {
            await FreezeInGuestAsync(paused, cancel).ConfigureAwait(false);
            _state = paused ? new PausedState(this) : new RunningState(this);
        }
        catch (TtrpcException e)
        {
            _state = before;
            throw await ExplainAsync($"{Name} cannot be {(paused ? "paused" : "resumed")}", e).ConfigureAwait(false);
        }

        PublishFrozen(paused);
    }

    /// <summary>Created → stopped: ends what never ran. The caller holds the gate.</summary>
    /// <param name="exit">What stands for its end.</param>
    /// <param name="announce">Whether the end is published: somebody waits for it.</param>
    /// <param name="cancel">Gives up.</param>
    internal async Task DiscardAsync(ProcessExit exit, bool announce, CancellationToken cancel)
    {
        await DiscardInGuestAsync(cancel).ConfigureAwait(false);
        Stdio.Dispose();
        Stop(exit, announce);
    }

    /// <summary>Stopped → deleted. The caller holds the gate.</summary>
    internal async Task RemoveAsync(ProcessExit exit, CancellationToken cancel)
    {
        await Stdio.FinishAsync().ConfigureAwait(false);
        await RemoveInGuestAsync(cancel).ConfigureAwait(false);
        _state = new DeletedState(this, exit);
        PublishDeleted(exit);
    }

    /// <summary>Lets it run in the guest.</summary>
    protected abstract Task LaunchInGuestAsync(CancellationToken cancel);

    /// <summary>Ends, in the guest, what was created and never ran.</summary>
    protected abstract Task DiscardInGuestAsync(CancellationToken cancel);

    /// <summary>Removes what the guest still has of it after its end.</summary>
    protected abstract Task RemoveInGuestAsync(CancellationToken cancel);

    /// <summary>Stops the container's processes in the guest, or lets them go on.</summary>
    protected virtual Task FreezeInGuestAsync(bool paused, CancellationToken cancel) =>
        throw new TtrpcException(StatusCode.InvalidArgument, $"{Name}: only a whole container can be paused");

    /// <summary>What there is to find out in the guest about the end before it is published.</summary>
    protected virtual Task ExamineAsync(ProcessExit exit) => Task.CompletedTask;

    /// <summary>Publishes that its container was paused or resumed.</summary>
    protected virtual void PublishFrozen(bool paused)
    {
    }

    /// <summary>Publishes that it runs.</summary>
    protected abstract void PublishStarted();

    /// <summary>Publishes that it has ended.</summary>
    protected abstract void PublishExited(ProcessExit exit);

    /// <summary>Publishes that it is deleted.</summary>
    protected abstract void PublishDeleted(ProcessExit exit);

    /// <summary>An error of the guest in words for containerd: with the sandbox's end as the cause where that is what happened.</summary>
    protected async Task<TtrpcException> ExplainAsync(string what, TtrpcException error)
    {
        if (error.Code == StatusCode.Unavailable && await SandboxLoss.ReasonAsync(Context.Sandbox).ConfigureAwait(false) is { } reason)
            return new TtrpcException(StatusCode.Aborted, $"{what}: the sandbox has ended: {reason}", error);
        return new TtrpcException(error.Code, $"{what}: {error.Message}", error);
    }

    private async Task WatchAsync()
    {
        var exit = await WaitInGuestAsync().ConfigureAwait(false);
        await Stdio.DrainAsync().ConfigureAwait(false);
        await ExamineAsync(exit).ConfigureAwait(false);
        await LockedAsync(
            () =>
            {
                Stop(exit);
                return Task.CompletedTask;
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<ProcessExit> WaitInGuestAsync()
    {
        try
        {
            return ProcessExit.Now((uint)await Agent.WaitAsync().ConfigureAwait(false) & 0xff);
        }
        catch (TtrpcException e) when (e.Code == StatusCode.Unavailable)
        {
            var exit = ProcessExit.Now(ProcessExit.Killed);
            LogLost(Context.Log, Name, await SandboxLoss.ReasonAsync(Context.Sandbox).ConfigureAwait(false) ?? e.Message);
            return exit;
        }
        catch (TtrpcException e)
        {
            LogWaitFailed(Context.Log, Name, e.Message);
            return ProcessExit.Now(255);
        }
    }

    // The exit is published before anybody can see the new state and delete the process.
    private void Stop(ProcessExit exit, bool announce = true)
    {
        if (announce)
            PublishExited(exit);
        _state = new StoppedState(this, exit);
        _exited.TrySetResult(exit);
    }

    private async Task LockedAsync(Func<Task> change, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await change().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{process} ended with its sandbox: {reason}")]
    private static partial void LogLost(ILogger log, string process, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the exit status of {process} is lost: {reason}")]
    private static partial void LogWaitFailed(ILogger log, string process, string reason);
}
