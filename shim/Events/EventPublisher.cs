using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Events;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.AgentProto.Ttrpc;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace KataShimNet.Shim.Events;

/// <summary>
/// Forwards events to containerd over ttRPC, one after the other. An event that containerd does not take in <see cref="Attempts"/>
/// attempts is dropped with a line in the log; nobody else waits for it.
/// </summary>
internal sealed partial class EventPublisher : IEventSink, IAsyncDisposable
{
    /// <summary>Attempts for one event, the first included.</summary>
    public const int Attempts = 5;

    private const string Service = "containerd.services.events.ttrpc.v1.Events";

    // More than this only wait when containerd has been away for long; memory stays bounded, the oldest go first.
    private const int MostWaiting = 4096;

    private readonly Channel<Envelope> _queue;
    private readonly string _address;
    private readonly string _namespace;
    private readonly ILogger _log;
    private readonly TimeSpan _firstDelay;
    private readonly Task _forwarding;
    private ResiliencePipeline? _pipeline;
    private TtrpcClient? _client; // Only the forwarding loop touches it.

    /// <summary>Starts with an empty queue and no connection.</summary>
    /// <param name="address">Path of containerd's ttRPC socket; empty drops every event.</param>
    /// <param name="containerdNamespace">Namespace of the events.</param>
    /// <param name="log">Gets a line for a dropped event.</param>
    /// <param name="firstDelay">Pause before the second attempt, doubled each time; null takes 200 ms.</param>
    public EventPublisher(string address, string containerdNamespace, ILogger log, TimeSpan? firstDelay = null)
    {
        _address = address;
        _namespace = containerdNamespace;
        _log = log;
        _firstDelay = firstDelay ?? TimeSpan.FromMilliseconds(200);
        _queue = Channel.CreateBounded<Envelope>(
            new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            dropped => LogDropped(_log, dropped.Topic, "too many events wait for containerd"));
        _forwarding = Task.Run(ForwardAllAsync);
    }

    /// <inheritdoc/>
    public void Publish(string topic, IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var any = new Any { TypeUrl = Topics.MessageName(topic), Value = message.ToByteString() };
        _queue.Writer.TryWrite(new Envelope { Timestamp = Timestamp.FromDateTime(DateTime.UtcNow), Namespace = _namespace, Topic = topic, Event = any });
    }

    /// <summary>Takes no more events and waits until those that wait are forwarded or dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _forwarding.ConfigureAwait(false);
    }

    private async Task ForwardAllAsync()
    {
        await foreach (var envelope in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                _pipeline ??= Pipeline();
                await _pipeline.ExecuteAsync(
                    static async (state, cancel) => await state.Self.ForwardAsync(state.Envelope, cancel).ConfigureAwait(false),
                    (Self: this, Envelope: envelope)).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFailure(e))
            {
                LogDropped(_log, envelope.Topic, e.Message);
            }
        }

        await DisconnectAsync().ConfigureAwait(false);
    }

    private ResiliencePipeline Pipeline() => new ResiliencePipelineBuilder { Name = "forward-event" }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Attempts - 1,
            Delay = _firstDelay,
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsFailure),
        })
        .AddTimeout(TimeSpan.FromSeconds(5))
        .Build();

    private static bool IsFailure(Exception e) =>
        e is TtrpcException or SocketException or IOException or Polly.Timeout.TimeoutRejectedException or InvalidOperationException;

    private async ValueTask ForwardAsync(Envelope envelope, CancellationToken cancel)
    {
        try
        {
            _client ??= await ConnectAsync(cancel).ConfigureAwait(false);
            await _client.CallAsync(
                Service, "Forward", new ForwardRequest { Envelope = envelope }, Empty.Parser, Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TtrpcException { Code: StatusCode.Unavailable } or OperationCanceledException)
        {
            // The next attempt gets a new connection: containerd may have restarted.
            await DisconnectAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TtrpcClient> ConnectAsync(CancellationToken cancel)
    {
        if (_address.Length == 0)
            throw new InvalidOperationException("TTRPC_ADDRESS is not set");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_address), cancel).ConfigureAwait(false);
            return new TtrpcClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask DisconnectAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "event {topic} dropped: {reason}")]
    private static partial void LogDropped(ILogger log, string topic, string reason);
}
