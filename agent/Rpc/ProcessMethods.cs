using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Shell;
using KataShimNet.Agent.Streams;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>
/// Calls about one process, of a container or of the guest itself, and those that move its bytes: a read waits for data, and no data
/// means the end of the stream.
/// </summary>
/// <param name="containers">All containers.</param>
/// <param name="programs">Processes of the guest itself.</param>
internal sealed class ProcessMethods(ContainerTable containers, GuestPrograms programs)
{
    private const uint HighestSignal = 64;

    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table)
    {
        table
            .Add(GuestContract.AgentService, "ExecProcess", ExecProcessRequest.Parser, ExecAsync)
            .Add(GuestContract.AgentService, "SignalProcess", SignalProcessRequest.Parser, SignalAsync)
            .Add(GuestContract.AgentService, "WaitProcess", WaitProcessRequest.Parser, WaitAsync)
            .Add(GuestContract.AgentService, "ReadStdout", ReadStreamRequest.Parser, (r, cancel) => ReadAsync(StreamsOf(r.ContainerId, r.ExecId).Output, r, cancel))
            .Add(GuestContract.AgentService, "ReadStderr", ReadStreamRequest.Parser, (r, cancel) => ReadAsync(StreamsOf(r.ContainerId, r.ExecId).Error, r, cancel))
            .Add(GuestContract.AgentService, "WriteStdin", WriteStreamRequest.Parser, WriteAsync)
            .Add(GuestContract.AgentService, "TtyWinResize", TtyWinResizeRequest.Parser, (request, _) =>
            {
                StreamsOf(request.ContainerId, request.ExecId).Resize(request.Row, request.Column);
                return Task.FromResult(new Empty());
            })
            .Add(GuestContract.AgentService, "CloseStdin", CloseStdinRequest.Parser, (request, _) =>
            {
                StreamsOf(request.ContainerId, request.ExecId).Input.Dispose();
                return Task.FromResult(new Empty());
            });
    }

    private async Task<Empty> ExecAsync(ExecProcessRequest request, CancellationToken cancel)
    {
        if (request.ContainerId == GuestContract.GuestItself)
            programs.Start(request);
        else
            await containers.ExecAsync(request).ConfigureAwait(false);
        return new Empty();
    }

    // As Kata: without an exec id all processes of the container are meant, with the container's own id its first one.
    private Task<Empty> SignalAsync(SignalProcessRequest request, CancellationToken cancel)
    {
        if (request.Signal > HighestSignal)
            throw new TtrpcException(StatusCode.InvalidArgument, $"there is no signal {request.Signal}");
        if (request.ExecId.Length == 0)
            containers[request.ContainerId].SignalAll((int)request.Signal);
        else
            Find(request.ContainerId, request.ExecId).Kill((int)request.Signal);
        return Task.FromResult(new Empty());
    }

    private async Task<WaitProcessResponse> WaitAsync(WaitProcessRequest request, CancellationToken cancel)
    {
        var container = request.ContainerId == GuestContract.GuestItself ? null : containers[request.ContainerId];
        var exit = await Find(request.ContainerId, request.ExecId).Exit.WaitAsync(cancel).ConfigureAwait(false);
        if (container?.IsInit(request.ExecId) ?? false)
            await container.Ended.WaitAsync(cancel).ConfigureAwait(false);
        else
            (container?.Execs ?? programs.Execs).WaitedFor(request.ExecId);
        return new WaitProcessResponse { Status = exit.ShellStatus };
    }

    private static async Task<ReadStreamResponse> ReadAsync(OutputStream stream, ReadStreamRequest request, CancellationToken cancel) =>
        new() { Data = await stream.ReadAsync(request.Len, cancel).ConfigureAwait(false) };

    private async Task<WriteStreamResponse> WriteAsync(WriteStreamRequest request, CancellationToken cancel)
    {
        var written = await StreamsOf(request.ContainerId, request.ExecId).Input.WriteAsync(request.Data.Memory, cancel).ConfigureAwait(false);
        return new WriteStreamResponse { Len = (uint)written };
    }

    private ProcessStreams StreamsOf(string containerId, string execId) => Find(containerId, execId).Streams;

    private ContainerProcess Find(string containerId, string execId) =>
        containerId == GuestContract.GuestItself ? programs.Execs[execId] : containers[containerId].Process(execId);
}
