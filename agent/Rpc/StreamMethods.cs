using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.Agent.Containers;
using KataShimNet.Agent.Streams;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Rpc;

/// <summary>Calls that move the bytes of a process. A read waits for data; no data means the end of the stream.</summary>
internal sealed class StreamMethods(ContainerTable containers)
{
    /// <summary>Adds the methods to a table.</summary>
    /// <param name="table">The table.</param>
    public void AddTo(TtrpcServiceTable table)
    {
        table
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

    private static async Task<ReadStreamResponse> ReadAsync(OutputStream stream, ReadStreamRequest request, CancellationToken cancel) =>
        new() { Data = await stream.ReadAsync(request.Len, cancel).ConfigureAwait(false) };

    private async Task<WriteStreamResponse> WriteAsync(WriteStreamRequest request, CancellationToken cancel)
    {
        var written = await StreamsOf(request.ContainerId, request.ExecId).Input.WriteAsync(request.Data.Memory, cancel).ConfigureAwait(false);
        return new WriteStreamResponse { Len = (uint)written };
    }

    private ProcessStreams StreamsOf(string containerId, string execId) => containers[containerId].Process(execId).Streams;
}
