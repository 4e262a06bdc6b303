using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Sandbox;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.SandboxApi;

/// <summary>
/// containerd's Sandbox service: a pod without a pause container. Order of the calls: CreateSandbox, StartSandbox, SandboxStatus, WaitSandbox,
/// Platform for each container, StopSandbox, ShutdownSandbox. A sandbox that was made for a pause container answers too, for whoever asks.
/// </summary>
/// <param name="sandbox">The virtual machine.</param>
/// <param name="identity">Which one.</param>
/// <param name="stateFolder">Where the sandbox keeps what it has on the host.</param>
internal sealed class SandboxService(Sandbox sandbox, SandboxIdentity identity, string stateFolder)
{
    private const string Ready = "SANDBOX_READY";
    private const string NotReady = "SANDBOX_NOTREADY";

    // 128 + SIGKILL: nobody asked the machine to end.
    private const uint KilledStatus = 137;

    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when containerd has asked for the end.</summary>
    public Task ShutdownRequested => _shutdown.Task;

    /// <summary>CreateSandbox: the machine begins to boot, and is waited for in StartSandbox.</summary>
    public Task<CreateSandboxResponse> CreateAsync(CreateSandboxRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        var pod = PodRequest.Read(request, identity);
        sandbox.Describe(pod with { Files = PodFiles.Write(stateFolder, pod) });
        // Its error, if there is one, is StartSandbox's.
        _ = sandbox.StartAsync(CancellationToken.None).ContinueWith(static start => start.Exception, TaskScheduler.Default);
        return Task.FromResult(new CreateSandboxResponse());
    }

    /// <summary>StartSandbox.</summary>
    public async Task<StartSandboxResponse> StartAsync(StartSandboxRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        await sandbox.StartAsync(cancel).ConfigureAwait(false);
        return new StartSandboxResponse { Pid = (uint)sandbox.HostPid, CreatedAt = Timestamp.FromDateTime(sandbox.StartedAt ?? DateTime.UtcNow) };
    }

    /// <summary>Platform.</summary>
    public Task<PlatformResponse> PlatformAsync(PlatformRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        return Task.FromResult(new PlatformResponse { Platform = new Platform { Os = "linux", Architecture = "amd64" } });
    }

    /// <summary>StopSandbox: ends the machine with all that runs in it.</summary>
    public async Task<StopSandboxResponse> StopAsync(StopSandboxRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        await sandbox.StopAsync().WaitAsync(cancel).ConfigureAwait(false);
        return new StopSandboxResponse();
    }

    /// <summary>WaitSandbox: answered when the machine has ended.</summary>
    public async Task<WaitSandboxResponse> WaitAsync(WaitSandboxRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        var end = await sandbox.Ended.WaitAsync(cancel).ConfigureAwait(false);
        return new WaitSandboxResponse { ExitStatus = end.Expected ? 0 : KilledStatus, ExitedAt = Timestamp.FromDateTime(end.At) };
    }

    /// <summary>SandboxStatus.</summary>
    public Task<SandboxStatusResponse> StatusAsync(SandboxStatusRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        var end = sandbox.Ended.IsCompletedSuccessfully ? sandbox.Ended.Result : null;
        var status = new SandboxStatusResponse
        {
            SandboxId = identity.Id,
            Pid = end is null ? (uint)sandbox.HostPid : 0,
            State = end is null && sandbox.StartedAt is not null ? Ready : NotReady,
            CreatedAt = sandbox.StartedAt is { } started ? Timestamp.FromDateTime(started) : null,
            ExitedAt = end is null ? null : Timestamp.FromDateTime(end.At),
        };
        if (request.Verbose && end is not null)
            status.Info["reason"] = end.Reason;
        return Task.FromResult(status);
    }

    /// <summary>PingSandbox: an error when the machine does not run.</summary>
    public Task<PingResponse> PingAsync(PingRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        CheckRuns();
        return Task.FromResult(new PingResponse());
    }

    /// <summary>ShutdownSandbox: the server ends after its answer.</summary>
    public Task<ShutdownSandboxResponse> ShutdownAsync(ShutdownSandboxRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        _shutdown.TrySetResult();
        return Task.FromResult(new ShutdownSandboxResponse());
    }

    /// <summary>SandboxMetrics: what the machine costs the host.</summary>
    public Task<SandboxMetricsResponse> MetricsAsync(SandboxMetricsRequest request, CancellationToken cancel)
    {
        Check(request.SandboxId);
        CheckRuns();
        return Task.FromResult(new SandboxMetricsResponse
        {
            Metrics = new Metric { Timestamp = Timestamp.FromDateTime(DateTime.UtcNow), Id = identity.Id, Data = MachineMetrics.Read(sandbox.HostPid) },
        });
    }

    private void Check(string id)
    {
        if (id != identity.Id)
            throw new TtrpcException(StatusCode.NotFound, $"sandbox {id}: this is the server of {identity.Id}");
    }

    private void CheckRuns()
    {
        if (sandbox.StartedAt is null || sandbox.Ended.IsCompleted)
            throw new TtrpcException(StatusCode.Unavailable, $"sandbox {identity.Id} does not run");
    }
}
