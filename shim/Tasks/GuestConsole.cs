using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Events;
using KataShimNet.Shim.Stdio;
using GuestContract = KataShimNet.AgentProto.Kata.GuestContract;

namespace KataShimNet.Shim.Tasks;

/// <summary>
/// Programs in the guest's own root, for people who look into it (<c>katanet exec --guest</c>): a service of our own, which no client of
/// containerd reaches, with messages of the Task service whose container is empty.
/// </summary>
/// <param name="context">What processes share.</param>
internal sealed class GuestConsole(TaskContext context)
{
    /// <summary>Full name of the service, on the socket of the Task service.</summary>
    public const string Service = "katanet.shim.v1.Guest";

    private readonly TaskContext _context = context with { Events = new Unheard() };
    private readonly ConcurrentDictionary<string, ExecProcess> _processes = new();

    /// <summary>Offers the service.</summary>
    /// <param name="table">Gets the methods.</param>
    public TtrpcServiceTable AddTo(TtrpcServiceTable table) => table
        .Add(Service, "Exec", ExecProcessRequest.Parser, ExecAsync)
        .Add(Service, "Start", StartRequest.Parser, StartAsync)
        .Add(Service, "Wait", WaitRequest.Parser, WaitAsync)
        .Add(Service, "Delete", DeleteRequest.Parser, DeleteAsync)
        .Add(Service, "CloseIO", CloseIORequest.Parser, CloseInputAsync)
        .Add(Service, "ResizePty", ResizePtyRequest.Parser, ResizeAsync);

    private Task<Empty> ExecAsync(ExecProcessRequest request, CancellationToken cancel)
    {
        if (!context.Options.Agent.DebugConsole)
        {
            throw new TtrpcException(
                StatusCode.FailedPrecondition, "the guest of this sandbox has no debug console: set agent.debug_console to true, for sandboxes that start after that");
        }

        if (request.ExecId.Length == 0)
            throw new TtrpcException(StatusCode.InvalidArgument, "the exec has no id");
        var paths = new StdioPaths(request.Stdin, request.Stdout, request.Stderr, request.Terminal);
        var process = new ExecProcess(_context, GuestContract.GuestItself, request.ExecId, ExecSpec.Read(request), paths);
        if (!_processes.TryAdd(request.ExecId, process))
        {
            process.Dispose();
            throw new TtrpcException(StatusCode.AlreadyExists, $"{process.Name} exists already");
        }

        return Task.FromResult(new Empty());
    }

    private async Task<StartResponse> StartAsync(StartRequest request, CancellationToken cancel)
    {
        var process = Find(request.ExecId);
        await process.StartAsync(cancel).ConfigureAwait(false);
        return new StartResponse { Pid = process.Pid };
    }

    private async Task<WaitResponse> WaitAsync(WaitRequest request, CancellationToken cancel)
    {
        var exit = await Find(request.ExecId).Exited.WaitAsync(cancel).ConfigureAwait(false);
        return new WaitResponse { ExitStatus = exit.Status, ExitedAt = Timestamp.FromDateTime(exit.At) };
    }

    private async Task<DeleteResponse> DeleteAsync(DeleteRequest request, CancellationToken cancel)
    {
        var exit = await Find(request.ExecId).DeleteAsync(cancel).ConfigureAwait(false);
        _processes.TryRemove(request.ExecId, out _);
        return new DeleteResponse { ExitStatus = exit.Status, ExitedAt = Timestamp.FromDateTime(exit.At) };
    }

    private Task<Empty> CloseInputAsync(CloseIORequest request, CancellationToken cancel)
    {
        Find(request.ExecId).Stdio.CloseInput();
        return Task.FromResult(new Empty());
    }

    private async Task<Empty> ResizeAsync(ResizePtyRequest request, CancellationToken cancel)
    {
        await Find(request.ExecId).ResizeAsync(request.Height, request.Width, cancel).ConfigureAwait(false);
        return new Empty();
    }

    private ExecProcess Find(string execId) =>
        _processes.GetValueOrDefault(execId) ?? throw new TtrpcException(StatusCode.NotFound, $"exec {execId} in the guest: not found");

    // containerd is told of containers only.
    private sealed class Unheard : IEventSink
    {
        public void Publish(string topic, IMessage message)
        {
        }
    }
}
