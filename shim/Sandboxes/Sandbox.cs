using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Kata;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Cgroups;
using KataShimNet.Shim.Network.Names;
using KataShimNet.Shim.Network.Ports;
using KataShimNet.Shim.Tracing;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>A sandbox on QEMU, as a state machine: created, starting, running, stopping, stopped.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer and no wait handle: there is nothing to release.")]
internal sealed class Sandbox : ISandbox
{
    private readonly SandboxIdentity _identity;
    private readonly int? _companion;
    private readonly ILogger _log;
    private readonly StateFile _state;
    private readonly UndoList _undo;
    private readonly ConcurrentDictionary<string, SandboxContainer> _containers = new();
    private readonly CancellationTokenSource _halt = new();
    private readonly IdleMemory _idleMemory = new();
    private readonly BootSpans _bootSpans = new();
    private readonly TaskCompletionSource<SandboxEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly object _gate = new();
    // The node's; from the start on with what the pod's annotations change. Set before anything reads them.
    private KatanetOptions _options;
    private SandboxPipelines _pipelines;

    // Guarded by _gate: where we are, and the one start and the one end that later calls join.
    private SandboxState _where = SandboxState.Created;
    // Null until Describe.
    private SandboxRequest? _request;
    private Task? _start;
    private Task? _end;

    // 1 when names are relayed.
    private int _names;

    // Whether the end was asked for; set before anything is undone.
    private volatile bool _asked;

    // Set once its processes run; read without the gate.
    private volatile SandboxMachine? _machine;

    public Sandbox(SandboxIdentity identity, KatanetOptions options, int? companion, ILoggerFactory loggers)
    {
        _identity = identity;
        _companion = companion;
        _options = options;
        _log = loggers.CreateLogger("sandbox");
        _pipelines = new SandboxPipelines(options.Agent);
        _state = new StateFile(identity.StateFolder(options.Runtime));
        _undo = new UndoList(_log);
    }

    public int HostPid => _machine?.Qemu.Child.Pid ?? 0;

    /// <summary>Its processes; null before they run, and when the sandbox has ended.</summary>
    public SandboxMachine? Machine => _ended.Task.IsCompleted ? null : _machine;

    public TtrpcClient Agent => Running().Agent!.Client;

    public Task<SandboxEnd> Ended => _ended.Task;

    /// <summary>When the agent answered, UTC; null before that.</summary>
    public DateTime? StartedAt { get; private set; }

    /// <summary>Says what it is to be, before it is started.</summary>
    /// <exception cref="TtrpcException">AlreadyExists: that has been said.</exception>
    public void Describe(SandboxRequest request)
    {
        lock (_gate)
        {
            if (_request is not null)
                throw new TtrpcException(StatusCode.AlreadyExists, $"sandbox {_identity.Id} has been created before");
            _request = request;
        }
    }

    public Task StartAsync(CancellationToken cancel)
    {
        Task start;
        lock (_gate)
        {
            if (_start is null)
            {
                if (_request is null)
                    throw new TtrpcException(StatusCode.FailedPrecondition, $"sandbox {_identity.Id} has not been created: CreateSandbox comes first");
                if (_where != SandboxState.Created)
                    throw new TtrpcException(StatusCode.FailedPrecondition, "the sandbox has been stopped");
                _where = SandboxState.Starting;
                _start = Task.Run(StartOrUndoAsync, CancellationToken.None);
            }

            start = _start;
        }

        return JoinAsync(start, cancel);
    }

    public async Task CreateContainerAsync(ContainerRequest request, Spec spec, CancellationToken cancel)
    {
        var machine = Running();
        var container = new SandboxContainer(request.Id, machine, _request!.Files, _pipelines, _log);
        if (!_containers.TryAdd(request.Id, container))
            throw new TtrpcException(StatusCode.AlreadyExists, $"container {request.Id} exists already");
        try
        {
            await container.CreateAsync(request, spec, cancel).ConfigureAwait(false);
            lock (_gate)
            {
                if (_where == SandboxState.Running)
                    _idleMemory.ReturnSoon();
            }
        }
        catch (Exception e)
        {
            _containers.TryRemove(request.Id, out _);
            if (e is TtrpcException { Code: StatusCode.Unavailable } && await DeathBehindAsync().ConfigureAwait(false) is { } reason)
                throw new TtrpcException(StatusCode.Unavailable, reason, e);
            throw;
        }
    }

    public async Task SyncNetworkAsync(CancellationToken cancel)
    {
        using var stage = ShimTraces.Stage("network");
        await Running().Network.SyncAsync(cancel).ConfigureAwait(false);
    }

    public async Task ServeNamesAsync(string resolvConf, CancellationToken cancel)
    {
        var machine = Running();
        if (Volatile.Read(ref _names) != 0 || !NameRelay.IsNamedIn(resolvConf))
            return;
        var relay = new NameRelay(machine.Agent!.Client, machine.Network.Netns, _log);
        try
        {
            await _pipelines.AgentRequest.ExecuteAsync(async token => await relay.ListenAsync(token).ConfigureAwait(false), cancel).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _names, 1) != 0)
                return;
            await machine.Network.HearNamesAsync(cancel).ConfigureAwait(false);
            _ = relay.RunAsync(_halt.Token);
        }
        catch (Exception e) when (e is TtrpcException or Polly.Timeout.TimeoutRejectedException)
        {
            SandboxLog.NoNames(_log, e.Message);
        }
    }

    public Task RemoveContainerAsync(string id, CancellationToken cancel) =>
        _containers.TryRemove(id, out var container) && !_ended.Task.IsCompleted ? container.RemoveAsync(cancel) : Task.CompletedTask;

    public Task ResizeAsync(string containerId, LinuxResources resources, CancellationToken cancel) =>
        Running().Growth.UpdateAsync(containerId, resources, cancel);

    public Task StopAsync() => EndAsync(new SandboxEnd("stopped on request", Expected: true));

    private async Task JoinAsync(Task start, CancellationToken cancel)
    {
        try
        {
            await start.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _bootSpans.Tell();
        }
    }

    private SandboxMachine Running()
    {
        lock (_gate)
        {
            if (_where == SandboxState.Running)
                return _machine!;
        }

        throw new TtrpcException(
            StatusCode.Unavailable, _ended.Task.IsCompletedSuccessfully ? $"the sandbox is gone: {_ended.Task.Result.Reason}" : "the sandbox does not run");
    }

    private async Task StartOrUndoAsync()
    {
        ShimTraces.LeaveCall();
        _bootSpans.Begin(DateTime.UtcNow);
        try
        {
            await BootAsync().ConfigureAwait(false);
            _bootSpans.End(_machine?.BootTimes, null);
        }
        catch (Exception e)
        {
            var error = Explain(e);
            _bootSpans.End(_machine?.BootTimes, error.Message);
            SandboxLog.StartFailed(_log, error.Message);
            await EndAsync(new SandboxEnd(error.Message, Expected: false), bootIsThrough: true).ConfigureAwait(false);
            throw error;
        }
    }

    private async Task BootAsync()
    {
        var request = _request!;
        _options = KataAnnotations.Apply(_options, request.Annotations, (name, reason) => SandboxLog.AnnotationIgnored(_log, name, reason));
        _pipelines = new SandboxPipelines(_options.Agent);
        StartRequirements.Check(_options);
        await RemoveStaleAsync().ConfigureAwait(false);
        var cgroup = CgroupPath.OfSandbox(request.CgroupsPath, _identity.Id);
        _state.Create(ProcessMark.Of("shim", Environment.ProcessId), cgroup);
        _undo.Push("clear the state file", _state.Clear);
        if (cgroup is not null)
            _undo.Push("leave the pod's cgroup", SandboxCgroup.Enter(cgroup, _companion, _log).LeaveAsync);
        var machine = await SandboxBoot.RunAsync(
            new SandboxFrame(request, _options, _pipelines, _state, _undo, _log), m => _machine = m, _halt.Token).ConfigureAwait(false);
        _undo.Push("destroy the sandbox in the guest", () => SayGoodbyeAsync(machine));
        // The host's own loopback stays the host's, and nobody but the guest's containers is in a namespace of our own.
        if (_options.Network.PortForward && machine.Network.Path.Length > 0 && !NetworkNamespace.IsOwn(machine.Network.Netns)
            && PortForward.TryBegin(machine.Agent!.Client, machine.Network.Netns, _log) is { } ports)
        {
            _undo.Push("forward no ports", ports.Dispose);
        }

        lock (_gate)
        {
            if (_where != SandboxState.Starting)
                throw new OperationCanceledException();
            _where = SandboxState.Running;
            StartedAt = DateTime.UtcNow;
        }

        _ = WatchAsync(machine);
        _ = machine.Network.FollowAsync(_halt.Token);
    }

    // The id can come back while its predecessor's shim was killed and delete was never called.
    private async Task RemoveStaleAsync()
    {
        if (_state.Read() is not { } record)
            return;
        if (record.Shim.IsAlive() && record.Shim.Pid != Environment.ProcessId)
            throw new TtrpcException(StatusCode.AlreadyExists, $"sandbox {_identity.Id} runs already, under process {record.Shim.Pid}");
        await SandboxCleanup.EndChildrenAsync(record, _options.Runtime.StateDir).ConfigureAwait(false);
    }

    private TtrpcException Explain(Exception error) => error switch
    {
        TtrpcException known => known,
        OperationCanceledException when _halt.IsCancellationRequested => new TtrpcException(StatusCode.Cancelled, "the sandbox was stopped while it started", error),
        FormatException or ConfigException => new TtrpcException(StatusCode.InvalidArgument, error.Message, error),
        InvalidOperationException => new TtrpcException(StatusCode.FailedPrecondition, error.Message, error),
        _ => new TtrpcException(StatusCode.Internal, $"the sandbox did not start: {error.Message}", error),
    };

    private async Task WatchAsync(SandboxMachine machine) =>
        await EndAsync(new SandboxEnd(await machine.DeathAsync(_halt.Token).ConfigureAwait(false), Expected: false)).ConfigureAwait(false);

    private async Task SayGoodbyeAsync(SandboxMachine machine)
    {
        // Nobody is there to hear it, or nobody who answers.
        if (!_asked || machine.Agent is not { } agent || agent.Client.Closed.IsCompleted || machine.Fsd.Child.Exited.IsCompleted)
            return;
        try
        {
            await _pipelines.AgentGoodbye.ExecuteAsync(async token => await agent.DestroySandboxAsync(token).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException or Polly.Timeout.TimeoutRejectedException)
        {
            // The machine is ended next, whatever the guest thinks of it.
        }
    }

    private async Task<string?> DeathBehindAsync()
    {
        try
        {
            return await _pipelines.DeathNotice.ExecuteAsync(async token => (await _ended.Task.WaitAsync(token).ConfigureAwait(false)).Reason).ConfigureAwait(false);
        }
        catch (Polly.Timeout.TimeoutRejectedException)
        {
            return null;
        }
    }

    private Task EndAsync(SandboxEnd end, bool bootIsThrough = false)
    {
        lock (_gate)
        {
            if (_end is not null)
            {
                // A stop is waiting for this very start to give up: waiting for the stop here would be for ever.
                return bootIsThrough ? Task.CompletedTask : _end;
            }

            var boot = bootIsThrough ? null : _start;
            _where = SandboxState.Stopping;
            return _end = Task.Run(() => UndoAllAsync(end, boot));
        }
    }

    private async Task UndoAllAsync(SandboxEnd end, Task? boot)
    {
        _asked = end.Expected;
        await _halt.CancelAsync().ConfigureAwait(false);
        if (boot is not null)
            await boot.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        if (end.Expected)
            SandboxLog.Stopped(_log);
        else if (boot is not null)
            SandboxLog.Died(_log, end.Reason);
        lock (_gate)
            _idleMemory.Dispose();
        await _undo.UnwindAsync().ConfigureAwait(false);
        lock (_gate)
            _where = SandboxState.Stopped;
        _ended.TrySetResult(end);
    }
}
