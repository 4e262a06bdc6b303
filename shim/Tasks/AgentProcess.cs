using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Stdio;

namespace KataShimNet.Shim.Tasks;

/// <summary>The agent's calls about one process in the guest.</summary>
/// <param name="sandbox">Where the process is.</param>
/// <param name="containerId">The container.</param>
/// <param name="execId">containerd's exec id, empty for the container's init.</param>
/// <param name="timeout">For calls that are no long polls.</param>
internal sealed class AgentProcess(ISandbox sandbox, string containerId, string execId, TimeSpan timeout) : IProcessStreams
{
    /// <summary>Lets the container's init run.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task StartContainerAsync(CancellationToken cancel) =>
        CallAsync("StartContainer", new StartContainerRequest { ContainerId = containerId }, Empty.Parser, timeout, cancel);

    /// <summary>Starts an additional process.</summary>
    /// <param name="process">What to run.</param>
    /// <param name="cancel">Gives up.</param>
    public Task ExecAsync(AgentProto.Kata.Oci.Process process, CancellationToken cancel) =>
        CallAsync(
            "ExecProcess", new ExecProcessRequest { ContainerId = containerId, ExecId = execId, Process = process }, Empty.Parser, timeout, cancel);

    /// <summary>Sends a signal.</summary>
    /// <param name="signal">Its number.</param>
    /// <param name="all">Whether every process of the container gets it; only asked of the init.</param>
    /// <param name="cancel">Gives up.</param>
    public Task SignalAsync(uint signal, bool all, CancellationToken cancel)
    {
        // Here, and only here, Kata tells the init (the container's id) from all processes (no id).
        var whom = execId.Length > 0 ? execId : all ? "" : containerId;
        return CallAsync(
            "SignalProcess", new SignalProcessRequest { ContainerId = containerId, ExecId = whom, Signal = signal }, Empty.Parser, timeout, cancel);
    }

    /// <summary>Waits until the process has ended.</summary>
    /// <returns>Its status as a shell gives it.</returns>
    public async Task<int> WaitAsync()
    {
        var response = await CallAsync(
            "WaitProcess", new WaitProcessRequest { ContainerId = containerId, ExecId = execId }, WaitProcessResponse.Parser, Timeout.InfiniteTimeSpan,
            CancellationToken.None).ConfigureAwait(false);
        return response.Status;
    }

    /// <summary>Sets the size of the terminal.</summary>
    /// <param name="rows">Lines.</param>
    /// <param name="columns">Characters per line.</param>
    /// <param name="cancel">Gives up.</param>
    public Task ResizeAsync(uint rows, uint columns, CancellationToken cancel) =>
        CallAsync(
            "TtyWinResize", new TtyWinResizeRequest { ContainerId = containerId, ExecId = execId, Row = rows, Column = columns }, Empty.Parser, timeout,
            cancel);

    /// <inheritdoc/>
    public async Task<ByteString> ReadAsync(OutputKind kind, CancellationToken cancel)
    {
        var request = new ReadStreamRequest { ContainerId = containerId, ExecId = execId, Len = GuestContract.StreamChunk };
        var response = await CallAsync(
            kind == OutputKind.Stdout ? "ReadStdout" : "ReadStderr", request, ReadStreamResponse.Parser, Timeout.InfiniteTimeSpan, cancel)
            .ConfigureAwait(false);
        return response.Data;
    }

    /// <inheritdoc/>
    public async Task<int> WriteAsync(ByteString data, CancellationToken cancel)
    {
        try
        {
            var request = new WriteStreamRequest { ContainerId = containerId, ExecId = execId, Data = data };
            var response = await CallAsync("WriteStdin", request, WriteStreamResponse.Parser, Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
            return (int)response.Len;
        }
        catch (TtrpcException e) when (e.Code != StatusCode.Unavailable)
        {
            // Whatever the agent says of a write that failed, the process takes no more input.
            return -1;
        }
    }

    /// <inheritdoc/>
    public Task CloseInputAsync(CancellationToken cancel) =>
        CallAsync("CloseStdin", new CloseStdinRequest { ContainerId = containerId, ExecId = execId }, Empty.Parser, timeout, cancel);

    private Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, TimeSpan limit, CancellationToken cancel)
        where T : IMessage<T> => sandbox.Agent.CallAsync(GuestContract.AgentService, method, request, parser, limit, cancel);
}
