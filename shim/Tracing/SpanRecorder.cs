using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace KataShimNet.Shim.Tracing;

/// <summary>
/// Listens to the shim's spans and sends them to a collector. Nobody waits for it: what the collector does not take in time is dropped and counted.
/// </summary>
internal sealed partial class SpanRecorder : IAsyncDisposable
{
    /// <summary>Most spans that wait.</summary>
    public const int MostWaiting = 2048;

    private const int MostInMessage = 512;
    private const int Attempts = 3;

    // What ends within this time of another goes with it.
    private static readonly TimeSpan s_gather = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(5);

    // Longest time that the end of the shim takes because of what still waits.
    private static readonly TimeSpan s_lastLimit = TimeSpan.FromSeconds(1);

    private readonly Channel<Activity> _queue = Channel.CreateBounded<Activity>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly OtlpRequest _request;
    private readonly OtlpSender _sender;
    private readonly ILogger _log;
    private readonly ActivityListener _listener;
    private readonly Task _sending;
    private ResiliencePipeline? _pipeline;
    private long _dropped;

    private SpanRecorder(TraceDestination destination, OtlpRequest request, TraceSampler sampler, ILogger log)
    {
        (_sender, _request, _log) = (new OtlpSender(destination), request, log);
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ShimTraces.SourceName,
            Sample = sampler.Decide,
            ActivityStopped = Take,
        };
        ActivitySource.AddActivityListener(_listener);
        ShimTraces.IsOn = true;
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>How many spans were dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Begins to listen; null when the settings and the environment name no collector.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    /// <param name="identity">The shim's sandbox.</param>
    /// <param name="log">Gets a line at the first span that is dropped.</param>
    public static SpanRecorder? TryBegin(TracingOptions options, Func<string, string?> environment, SandboxIdentity identity, ILogger log)
    {
        var destination = TraceDestination.Find(options, environment, out var problem);
        if (problem is not null)
            LogOff(log, problem);
        if (destination is null)
            return null;
        return new SpanRecorder(destination, new OtlpRequest(options.ServiceName, identity), new TraceSampler(options.SamplePercent), log);
    }

    /// <summary>Listens no more, and sends what waits as far as there is time.</summary>
    public async ValueTask DisposeAsync()
    {
        ShimTraces.IsOn = false;
        _listener.Dispose();
        _queue.Writer.TryComplete();
        await _ending.CancelAsync().ConfigureAwait(false);
        _giveUp.CancelAfter(s_lastLimit);
        await _sending.ConfigureAwait(false);
        if (Dropped > 0)
            LogDroppedInAll(_log, Dropped);
        _ending.Dispose();
        _giveUp.Dispose();
    }

    private void Take(Activity span)
    {
        if (!_queue.Writer.TryWrite(span))
            Drop(1, "the collector takes them more slowly than they come");
    }

    private void Drop(int count, string reason)
    {
        if (Interlocked.Add(ref _dropped, count) == count)
            LogDropped(_log, reason);
    }

    private async Task SendAllAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (!_ending.IsCancellationRequested)
                await Task.Delay(s_gather, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var spans = new List<Activity>();
            while (spans.Count < MostInMessage && _queue.Reader.TryRead(out var span))
                spans.Add(span);
            try
            {
                _pipeline ??= Pipeline();
                await _pipeline.ExecuteAsync(
                    static async (state, cancel) => await state.Sender.SendAsync(state.Message, cancel).ConfigureAwait(false),
                    (Sender: _sender, Message: _request.Pack(spans)),
                    _giveUp.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFailure(e) || e is OperationCanceledException)
            {
                Drop(spans.Count, e.Message);
            }
        }
    }

    private static ResiliencePipeline Pipeline() => new ResiliencePipelineBuilder { Name = "send-spans" }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Attempts - 1,
            Delay = TimeSpan.FromSeconds(1),
            BackoffType = DelayBackoffType.Exponential,
            ShouldHandle = new PredicateBuilder().Handle<Exception>(IsFailure),
        })
        .AddTimeout(s_answerLimit)
        .Build();

    private static bool IsFailure(Exception e) => e is SocketException or IOException or TimeoutRejectedException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "no traces are sent")]
    private static partial void LogOff(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "spans of traces are dropped; this is said once")]
    private static partial void LogDropped(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "spans of traces were dropped")]
    private static partial void LogDroppedInAll(ILogger log, long count);
}
