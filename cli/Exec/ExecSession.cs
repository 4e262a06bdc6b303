using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Exec;

/// <summary>Runs a command in a container of a sandbox, past containerd, with our own streams.</summary>
/// <param name="shim">The sandbox's server.</param>
/// <param name="container">Id of the container.</param>
internal sealed class ExecSession(ShimConnection shim, string container)
{
    private readonly string _execId = $"katanet-{Guid.NewGuid():N}";

    /// <summary>Runs it and gives its exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> command, bool terminal)
    {
        StateResponse state = await CallAsync("State", new StateRequest { Id = container }, StateResponse.Parser).ConfigureAwait(false);
        using var fifos = new ExecFifos(terminal);
        await CallAsync("Exec", new ExecProcessRequest
        {
            Id = container,
            ExecId = _execId,
            Terminal = terminal,
            Stdin = fifos.StdinPath,
            Stdout = fifos.StdoutPath,
            Stderr = fifos.StderrPath,
            Spec = new Any { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process", Value = ByteString.CopyFrom(ProcessSpec.Build(state.Bundle, command, terminal)) },
        }, Empty.Parser).ConfigureAwait(false);
        try
        {
            await CallAsync("Start", new StartRequest { Id = container, ExecId = _execId }, StartResponse.Parser).ConfigureAwait(false);
            using RawTerminal? raw = terminal ? new RawTerminal() : null;
            if (terminal)
                await ResizeAsync().ConfigureAwait(false);
            Task output = Task.WhenAll(
                CopyAsync(fifos.Stdout, Console.OpenStandardOutput()),
                fifos.Stderr is null ? Task.CompletedTask : CopyAsync(fifos.Stderr, Console.OpenStandardError()));
            _ = Task.Run(() => SendInputAsync(fifos.Stdin));
            WaitResponse end = await shim.CallAsync(
                "Wait", new WaitRequest { Id = container, ExecId = _execId }, WaitResponse.Parser, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            await DeleteAsync().ConfigureAwait(false);
            await output.ConfigureAwait(false);
            return (int)end.ExitStatus;
        }
        catch
        {
            await DeleteAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task DeleteAsync()
    {
        try
        {
            await CallAsync("Delete", new DeleteRequest { Id = container, ExecId = _execId }, DeleteResponse.Parser).ConfigureAwait(false);
        }
        catch (TtrpcException)
        {
            // It never was, or went with its container.
        }
    }

    private async Task ResizeAsync() => await CallAsync(
        "ResizePty", new ResizePtyRequest { Id = container, ExecId = _execId, Width = (uint)Console.WindowWidth, Height = (uint)Console.WindowHeight }, Empty.Parser)
        .ConfigureAwait(false);

    private async Task SendInputAsync(Stream to)
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            await input.CopyToAsync(to).ConfigureAwait(false);
            await CallAsync("CloseIO", new CloseIORequest { Id = container, ExecId = _execId, Stdin = true }, Empty.Parser).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or TtrpcException)
        {
            // The process has ended before its input has.
        }
    }

    private static Task CopyAsync(Stream from, Stream to) => Task.Factory.StartNew(() => from.CopyTo(to), TaskCreationOptions.LongRunning);

    private Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T> => shim.CallAsync(method, request, parser, ShimConnection.Patience);
}
