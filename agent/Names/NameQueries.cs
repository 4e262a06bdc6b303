using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Guest;

namespace KataShimNet.Agent.Names;

/// <summary>Name queries of the guest that the host answers. A query too many, or one that nobody answers, is lost, as queries may be.</summary>
internal sealed class NameQueries : IDisposable
{
    private const int MostAtOnce = 64;

    // Longer than resolvers wait (resolv.conf(5), timeout).
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _room = new(MostAtOnce, MostAtOnce);
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<ByteString>> _asked = new();
    private readonly Channel<NameQuery> _waiting = System.Threading.Channels.Channel.CreateBounded<NameQuery>(
        new BoundedChannelOptions(MostAtOnce) { FullMode = BoundedChannelFullMode.DropOldest });
    private ulong _last;

    /// <summary>Asks the host.</summary>
    /// <param name="message">The query.</param>
    /// <param name="stream">Whether it came by TCP.</param>
    /// <returns>The answer; empty when there is none.</returns>
    public async Task<ReadOnlyMemory<byte>> AskAsync(ReadOnlyMemory<byte> message, bool stream)
    {
        if (!await _room.WaitAsync(TimeSpan.Zero).ConfigureAwait(false))
            return default;
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<ByteString>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        try
        {
            _waiting.Writer.TryWrite(new NameQuery { Id = id, Stream = stream, Message = ByteString.CopyFrom(message.Span) });
            return (await answer.Task.WaitAsync(s_limit).ConfigureAwait(false)).Memory;
        }
        catch (TimeoutException)
        {
            return default;
        }
        finally
        {
            _asked.TryRemove(id, out _);
            _room.Release();
        }
    }

    /// <summary>Waits for the next query.</summary>
    /// <param name="cancel">Gives up.</param>
    public ValueTask<NameQuery> NextAsync(CancellationToken cancel) => _waiting.Reader.ReadAsync(cancel);

    /// <summary>Hands an answer to whoever asked, if that one still waits.</summary>
    /// <param name="answer">The answer.</param>
    public void Answer(NameAnswer answer)
    {
        if (_asked.TryGetValue(answer.Id, out var asked))
            asked.TrySetResult(answer.Message);
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}
