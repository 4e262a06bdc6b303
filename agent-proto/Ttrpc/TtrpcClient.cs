using System;
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc.Wire;

namespace KataShimNet.AgentProto.Ttrpc;

/// <summary>The calling side of a ttRPC connection. Calls run side by side; answers come in any order.</summary>
public sealed class TtrpcClient : IAsyncDisposable
{
    private readonly TtrpcTransport _transport;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<Response>> _calls = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly ITtrpcObserver? _observer;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _lastStream = uint.MaxValue;
    private volatile Exception? _failure;

    /// <summary>Starts to read answers.</summary>
    /// <param name="stream">A connected stream; owned from here on.</param>
    /// <param name="observer">Sees every call, and may add to the metadata of requests; null for nobody.</param>
    public TtrpcClient(Stream stream, ITtrpcObserver? observer = null)
    {
        _transport = new TtrpcTransport(stream);
        _observer = observer;
        _ = Task.Run(ReadAnswersAsync);
    }

    /// <summary>Completes when the connection has ended, for whatever reason.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Makes a call.</summary>
    /// <param name="service">Full name of the service, such as <c>grpc.AgentService</c>.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="request">The request.</param>
    /// <param name="parser">Parser of the answer's type.</param>
    /// <param name="timeout">How long the answer may take; <see cref="Timeout.InfiniteTimeSpan"/> for long polls.</param>
    /// <param name="cancel">Gives up waiting; ttRPC has no frame to tell the server.</param>
    /// <exception cref="TtrpcException">
    /// The server's error; DeadlineExceeded after the time-out; Unavailable when the connection is or gets lost.
    /// </exception>
    public Task<TResponse> CallAsync<TResponse>(
        string service, string method, IMessage request, MessageParser<TResponse> parser, TimeSpan timeout, CancellationToken cancel = default)
        where TResponse : IMessage<TResponse> => CallAsync(service, method, [], request, parser, timeout, cancel);

    /// <summary>Makes a call with metadata.</summary>
    /// <param name="service">Full name of the service, such as <c>grpc.AgentService</c>.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="metadata">What goes with the request beside its message.</param>
    /// <param name="request">The request.</param>
    /// <param name="parser">Parser of the answer's type.</param>
    /// <param name="timeout">How long the answer may take; <see cref="Timeout.InfiniteTimeSpan"/> for long polls.</param>
    /// <param name="cancel">Gives up waiting; ttRPC has no frame to tell the server.</param>
    /// <exception cref="TtrpcException">
    /// The server's error; DeadlineExceeded after the time-out; Unavailable when the connection is or gets lost.
    /// </exception>
    public Task<TResponse> CallAsync<TResponse>(
        string service, string method, IEnumerable<KeyValue> metadata, IMessage request, MessageParser<TResponse> parser, TimeSpan timeout,
        CancellationToken cancel)
        where TResponse : IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parser);
        var message = new Request
        {
            Service = service,
            Method = method,
            Metadata = { metadata },
            Payload = request.ToByteString(),
            TimeoutNano = timeout == Timeout.InfiniteTimeSpan ? 0 : timeout.Ticks * 100,
        };
        return _observer is null ? ExchangeAsync(message, parser, timeout, cancel) : ObservedAsync(_observer, message, parser, timeout, cancel);
    }

    /// <summary>Ends the connection; calls under way end as Unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        Fail(new ObjectDisposedException(nameof(TtrpcClient), "the connection was closed on this side"));
        await _closing.CancelAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private static TtrpcException Lost(Exception cause) => new(StatusCode.Unavailable, $"ttRPC connection lost: {cause.Message}", cause);

    // Its own asynchronous method: what the observer makes current in its context ends with the call.
    private async Task<TResponse> ObservedAsync<TResponse>(
        ITtrpcObserver observer, Request message, MessageParser<TResponse> parser, TimeSpan timeout, CancellationToken cancel)
        where TResponse : IMessage<TResponse>
    {
        var observation = observer.Begin(message);
        try
        {
            var answer = await ExchangeAsync(message, parser, timeout, cancel).ConfigureAwait(false);
            observation?.End(StatusCode.Ok, "");
            return answer;
        }
        catch (Exception e)
        {
            observation?.End(e switch { TtrpcException error => error.Code, OperationCanceledException => StatusCode.Cancelled, _ => StatusCode.Unknown }, e.Message);
            throw;
        }
    }

    private async Task<TResponse> ExchangeAsync<TResponse>(Request message, MessageParser<TResponse> parser, TimeSpan timeout, CancellationToken cancel)
        where TResponse : IMessage<TResponse>
    {
        var call = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Interlocked.Add(ref _lastStream, 2);
        _calls[id] = call;
        try
        {
            if (_failure is { } failure)
                throw Lost(failure);
            Response response;
            try
            {
                await _transport.WriteAsync(id, TtrpcFrameType.Request, message, cancel).ConfigureAwait(false);
                response = await call.Task.WaitAsync(timeout, cancel).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw new TtrpcException(
                    StatusCode.DeadlineExceeded, $"{message.Service}/{message.Method} was not answered within {timeout.TotalSeconds:0.#} s");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                throw Lost(e);
            }

            if (response.Status is { Code: not 0 } status)
                throw new TtrpcException((StatusCode)status.Code, status.Message);
            return parser.ParseFrom(response.Payload);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    private async Task ReadAnswersAsync()
    {
        try
        {
            while (await _transport.ReadAsync(_closing.Token).ConfigureAwait(false) is var (frame, rented))
            {
                try
                {
                    if (frame.Type == TtrpcFrameType.Response && _calls.TryGetValue(frame.StreamId, out var call))
                        call.TrySetResult(Response.Parser.ParseFrom(rented, 0, frame.Length));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }

            Fail(new EndOfStreamException("the peer closed the connection"));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or TtrpcException
                                      or InvalidProtocolBufferException or System.Net.Sockets.SocketException)
        {
            Fail(e);
        }
    }

    private void Fail(Exception cause)
    {
        _failure ??= cause;
        foreach (var call in _calls.Values)
            call.TrySetException(Lost(_failure));
        _closed.TrySetResult();
    }
}
