using System.Buffers;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.UnitTests.Shim.Tasks;

/// <summary>A process in the scripted guest.</summary>
internal sealed class ScriptedProcess
{
    private readonly Channel<ByteString> _stdout = Channel.CreateBounded<ByteString>(1);
    private readonly Channel<ByteString> _stderr = Channel.CreateBounded<ByteString>(1);
    private readonly ArrayBufferWriter<byte> _stdin = new();

    public TaskCompletionSource<int> Exited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<byte[]> InputEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it has closed its standard input.</summary>
    public bool Deaf { get; set; }

    public ValueTask PrintAsync(ByteString data, bool error = false) => (error ? _stderr : _stdout).Writer.WriteAsync(data);

    /// <summary>Closes its outputs and ends.</summary>
    public void Exit(int status)
    {
        CloseOutputs();
        Exited.TrySetResult(status);
    }

    public void CloseOutputs()
    {
        _stdout.Writer.TryComplete();
        _stderr.Writer.TryComplete();
    }

    public async Task<ByteString> ReadAsync(bool error, CancellationToken cancel)
    {
        var channel = error ? _stderr : _stdout;
        return await channel.Reader.WaitToReadAsync(cancel) && channel.Reader.TryRead(out var data) ? data : ByteString.Empty;
    }

    public Task<int> WriteAsync(ByteString data, CancellationToken cancel)
    {
        if (Deaf)
            throw new TtrpcException(StatusCode.Internal, "write: Broken pipe");
        // Takes a little at a time, so that callers have to go on with the rest.
        var taken = System.Math.Min(data.Length, 1000);
        _stdin.Write(data.Span[..taken]);
        return Task.FromResult(taken);
    }

    public void CloseInput() => InputEnded.TrySetResult(_stdin.WrittenSpan.ToArray());
}
