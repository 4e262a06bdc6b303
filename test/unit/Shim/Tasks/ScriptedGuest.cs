using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;

namespace KataShimNet.UnitTests.Shim.Tasks;

/// <summary>A sandbox whose agent is a ttRPC server in this process, with processes that do what the test says.</summary>
internal sealed class ScriptedGuest : ISandbox, IAsyncDisposable
{
    private readonly TaskCompletionSource<SandboxEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    // Calls come while tests look at those before.
    private readonly ConcurrentQueue<string> _calls = new();
    private readonly Task _serving;

    public ScriptedGuest()
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        _serving = new TtrpcServer(Methods(), NullLogger.Instance).ServeAsync(Stream(theirs), _closing.Token);
        Agent = new TtrpcClient(Stream(ours));
    }

    public ConcurrentDictionary<string, ScriptedProcess> Processes { get; } = new();

    /// <summary>What the agent and the sandbox were asked for by now.</summary>
    public IReadOnlyCollection<string> Calls => _calls;

    public TtrpcException? StartError { get; set; }

    /// <summary>Whether it leaves signals unanswered.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>What the kernel has killed in every container.</summary>
    public ulong OomKills { get; set; }

    /// <summary>Containers that ran out of memory, for GetOOMEvent.</summary>
    public Channel<string> OomEvents { get; } = Channel.CreateUnbounded<string>();

    /// <summary>Host name of containers that cannot be created.</summary>
    public const string Broken = "broken";

    public int HostPid => 4242;

    public TtrpcClient Agent { get; }

    public Task<SandboxEnd> Ended => _ended.Task;

    public ScriptedProcess Init(string id) => Processes[$"{id}/"];

    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task CreateContainerAsync(ContainerRequest request, Spec spec, CancellationToken cancel)
    {
        if (spec.Hostname == Broken)
            throw new TtrpcException(StatusCode.InvalidArgument, "the bundle is broken");
        Processes[$"{request.Id}/"] = new ScriptedProcess();
        return Task.CompletedTask;
    }

    public Task ServeNamesAsync(string resolvConf, CancellationToken cancel) => Task.CompletedTask;

    public Task SyncNetworkAsync(CancellationToken cancel) => Task.CompletedTask;

    public Task RemoveContainerAsync(string id, CancellationToken cancel)
    {
        Processes.TryRemove($"{id}/", out _);
        return Task.CompletedTask;
    }

    public Task ResizeAsync(string containerId, LinuxResources resources, CancellationToken cancel)
    {
        _calls.Enqueue($"resize {containerId} {resources.Memory?.Limit}");
        return Task.CompletedTask;
    }

    public Task StopAsync() => DieAsync("asked to", expected: true);

    /// <summary>Ends the machine: first the connection breaks, then the reason is known.</summary>
    public async Task DieAsync(string reason, bool expected = false)
    {
        await _closing.CancelAsync();
        await _serving;
        _ended.TrySetResult(new SandboxEnd(reason, expected));
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Agent.DisposeAsync();
        _closing.Dispose();
    }

    private static NetworkStream Stream(OwnedFd fd) => new(new Socket(new SafeSocketHandle(fd.Release(), ownsHandle: true)), ownsSocket: true);

    private TtrpcServiceTable Methods()
    {
        const string service = GuestContract.AgentService;
        return new TtrpcServiceTable()
            .Add(service, "StartContainer", StartContainerRequest.Parser, (r, _) => StartError is null
                ? Done($"start {r.ContainerId}")
                : throw StartError)
            .Add(service, "ExecProcess", ExecProcessRequest.Parser, (r, _) =>
            {
                Processes[$"{r.ContainerId}/{r.ExecId}"] = new ScriptedProcess();
                return Done($"exec {r.ContainerId}/{r.ExecId} {string.Join(' ', r.Process.Args)}");
            })
            .Add(service, "SignalProcess", SignalProcessRequest.Parser, async (r, cancel) =>
            {
                if (IsDeaf)
                    await Task.Delay(Timeout.Infinite, cancel);
                Find(r.ContainerId, r.ExecId).Exited.TrySetResult(128 + (int)r.Signal);
                return await Done($"signal {r.ContainerId}/{r.ExecId} {r.Signal}");
            })
            .Add(service, "PauseContainer", PauseContainerRequest.Parser, (r, _) => Done($"pause {r.ContainerId}"))
            .Add(service, "ResumeContainer", ResumeContainerRequest.Parser, (r, _) => Done($"resume {r.ContainerId}"))
            .Add(service, "UpdateContainer", UpdateContainerRequest.Parser, (r, _) => Done($"update {r.ContainerId} {r.Resources.Memory.Limit}"))
            .Add(service, "StatsContainer", StatsContainerRequest.Parser, (_, _) => Task.FromResult(new StatsContainerResponse
            {
                CgroupStats = new CgroupStats { MemoryStats = new MemoryStats { Stats = { [GuestContract.MemoryEventsPrefix + "oom_kill"] = OomKills } } },
            }))
            .Add(service, "GetOOMEvent", GetOOMEventRequest.Parser, async (_, c) => new OOMEvent { ContainerId = await OomEvents.Reader.ReadAsync(c) })
            .Add(service, "WaitProcess", WaitProcessRequest.Parser, async (r, c) =>
                new WaitProcessResponse { Status = await Find(r.ContainerId, r.ExecId).Exited.Task.WaitAsync(c) })
            .Add(service, "ReadStdout", ReadStreamRequest.Parser, async (r, c) =>
                new ReadStreamResponse { Data = await Find(r.ContainerId, r.ExecId).ReadAsync(error: false, c) })
            .Add(service, "ReadStderr", ReadStreamRequest.Parser, async (r, c) =>
                new ReadStreamResponse { Data = await Find(r.ContainerId, r.ExecId).ReadAsync(error: true, c) })
            .Add(service, "WriteStdin", WriteStreamRequest.Parser, async (r, c) =>
                new WriteStreamResponse { Len = (uint)await Find(r.ContainerId, r.ExecId).WriteAsync(r.Data, c) })
            .Add(service, "CloseStdin", CloseStdinRequest.Parser, (r, _) =>
            {
                Find(r.ContainerId, r.ExecId).CloseInput();
                return Done($"close {r.ContainerId}/{r.ExecId}");
            });
    }

    private ScriptedProcess Find(string containerId, string execId) => Processes.TryGetValue($"{containerId}/{(execId == containerId ? "" : execId)}", out var process)
        ? process
        : throw new TtrpcException(StatusCode.NotFound, "no such process");

    private Task<Empty> Done(string call)
    {
        _calls.Enqueue(call);
        return Task.FromResult(new Empty());
    }
}
