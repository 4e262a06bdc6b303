using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Exec;

/// <summary>Runs a command in a container of a sandbox, or in its guest, past containerd, with our own streams.</summary>
/// <param name="shim">The sandbox's server.</param>
/// <param name="place">Where.</param>
internal sealed class ExecSession(ShimConnection shim, IExecPlace place)
{
    private readonly string _execId = $"katanet-{Guid.NewGuid():N}";

    /// <summary>Runs it and gives its exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> command, bool terminal)
    {
        byte[] spec = await place.SpecAsync(shim, command, terminal).ConfigureAwait(false);
        using var fifos = new ExecFifos(terminal);
        await CallAsync("Exec", new ExecProcessRequest
        {
            Id = place.ContainerId,
            ExecId = _execId,
            Terminal = terminal,
            Stdin = fifos.StdinPath,
            Stdout = fifos.StdoutPath,
            Stderr = fifos.StderrPath,
            Spec = new Any { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/Process", Value = ByteString.CopyFrom(spec) },
        }, Empty.Parser).ConfigureAwait(false);
        try
        {
            await CallAsync("Start", new StartRequest { Id = place.ContainerId, ExecId = _execId }, StartResponse.Parser).ConfigureAwait(false);
            using RawTerminal? raw = terminal ? new RawTerminal() : null;
            using PosixSignalRegistration? resizing = terminal ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, signal => _ = ResizeAsync()) : null;
            if (terminal)
                await ResizeAsync().ConfigureAwait(false);
            Task output = Task.WhenAll(
                CopyAsync(fifos.Stdout, Console.OpenStandardOutput()),
                fifos.Stderr is null ? Task.CompletedTask : CopyAsync(fifos.Stderr, Console.OpenStandardError()));
            _ = Task.Run(() => SendInputAsync(fifos.Stdin));
            WaitResponse end = await shim.CallAsync(
                place.Service, "Wait", new WaitRequest { Id = place.ContainerId, ExecId = _execId }, WaitResponse.Parser, Timeout.InfiniteTimeSpan, CancellationToken.None)
                .ConfigureAwait(false);
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
            await CallAsync("Delete", new DeleteRequest { Id = place.ContainerId, ExecId = _execId }, DeleteResponse.Parser).ConfigureAwait(false);
        }
        catch (TtrpcException)
        {
            // It never was, or went with its container.
        }
    }

    private async Task ResizeAsync() => await CallAsync(
        "ResizePty", new ResizePtyRequest { Id = place.ContainerId, ExecId = _execId, Width = (uint)Console.WindowWidth, Height = (uint)Console.WindowHeight }, Empty.Parser)
        .ConfigureAwait(false);

    private async Task SendInputAsync(Stream to)
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            await input.CopyToAsync(to).ConfigureAwait(false);
            await CallAsync("CloseIO", new CloseIORequest { Id = place.ContainerId, ExecId = _execId, Stdin = true }, Empty.Parser).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or TtrpcException)
        {
            // The process has ended before its input has.
        }
    }

    private static Task CopyAsync(Stream from, Stream to) => Task.Factory.StartNew(() => from.CopyTo(to), TaskCreationOptions.LongRunning);

    private Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T> => shim.CallAsync(place.Service, method, request, parser, ShimConnection.Patience, CancellationToken.None);
}
