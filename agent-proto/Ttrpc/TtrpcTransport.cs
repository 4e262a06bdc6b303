using System;
using System.Buffers;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>Frames over a byte stream: one reader, any number of writers whose frames never mix.</summary>
internal sealed class TtrpcTransport(Stream stream) : IAsyncDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _header = new byte[TtrpcFrame.Size];

    /// <summary>The next frame, its data in a rented buffer that the caller returns; null at the end of the stream.</summary>
    public async ValueTask<(TtrpcFrame Frame, byte[] Rented)?> ReadAsync(CancellationToken cancel)
    {
        var got = await stream.ReadAtLeastAsync(_header, TtrpcFrame.Size, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        if (got == 0)
            return null;
        if (got < TtrpcFrame.Size)
            throw new EndOfStreamException("the ttRPC stream ended inside a frame header");
        var frame = TtrpcFrame.Read(_header);
        var data = ArrayPool<byte>.Shared.Rent(frame.Length);
        try
        {
            await stream.ReadExactlyAsync(data.AsMemory(0, frame.Length), cancel).ConfigureAwait(false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(data);
            throw;
        }

        return (frame, data);
    }

    public async ValueTask WriteAsync(uint streamId, TtrpcFrameType type, IMessage message, CancellationToken cancel)
    {
        var length = message.CalculateSize();
        if (length > TtrpcFrame.MaxLength)
            throw new TtrpcException(StatusCode.ResourceExhausted, $"a ttRPC message of {length} bytes is over the limit of {TtrpcFrame.MaxLength}");
        var buffer = ArrayPool<byte>.Shared.Rent(TtrpcFrame.Size + length);
        try
        {
            new TtrpcFrame(length, streamId, type, 0).Write(buffer);
            message.WriteTo(buffer.AsSpan(TtrpcFrame.Size, length));
            await _writing.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                // Not cancelled once begun: half a frame would break the stream for every other call.
                await stream.WriteAsync(buffer.AsMemory(0, TtrpcFrame.Size + length), CancellationToken.None).ConfigureAwait(false);
                await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
