using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Stdio;

/// <summary>Moves one output of a process from the guest to its sink, with one chunk in hand and one under way.</summary>
/// <param name="kind">Which output.</param>
/// <param name="sink">Where it goes; null throws it away, so that the process is never held up. Owned from here on.</param>
/// <param name="log">Gets a line when output is lost.</param>
internal sealed partial class OutputPump(OutputKind kind, IOutputSink? sink, ILogger log) : IDisposable
{
    private readonly CancellationTokenSource _abandon = new();
    private volatile bool _writing;

    /// <summary>Completes when everything is with the reader, or was given up. Never fails.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Bytes that left here so far.</summary>
    public long Progress => sink?.Progress ?? 0;

    /// <summary>Whether it waits for its reader, not for the guest.</summary>
    public bool WaitsForReader => _writing;

    /// <summary>Starts to move data.</summary>
    /// <param name="streams">The process.</param>
    public void Start(IProcessStreams streams) => Done = RunAsync(streams);

    /// <summary>Gives up what is still to come.</summary>
    public void Abandon() => _abandon.Cancel();

    /// <summary>For a pump that was never started.</summary>
    public void Dispose()
    {
        sink?.Dispose();
        _abandon.Dispose();
    }

    private async Task RunAsync(IProcessStreams streams)
    {
        var cancel = _abandon.Token;
        var dropping = sink is null;
        try
        {
            var next = streams.ReadAsync(kind, cancel);
            while (await next.ConfigureAwait(false) is { Length: > 0 } data)
            {
                next = streams.ReadAsync(kind, cancel);
                if (!dropping)
                    dropping = !await WriteAsync(data.Memory, cancel).ConfigureAwait(false);
            }
        }
        catch (TtrpcException e)
        {
            // The end of the stream for some agents, the end of the guest otherwise; whoever waits for the process learns which.
            LogEnded(log, kind, e.Message);
        }
        catch (OperationCanceledException)
        {
            LogAbandoned(log, kind);
        }
        finally
        {
            sink?.Dispose();
        }
    }

    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        _writing = true;
        try
        {
            await sink!.WriteAsync(data, cancel).ConfigureAwait(false);
            return true;
        }
        catch (LinuxException e)
        {
            LogFailed(log, kind, e.Message);
            return false;
        }
        finally
        {
            _writing = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{stream} ended: {reason}")]
    private static partial void LogEnded(ILogger log, OutputKind stream, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the rest of {stream} is dropped: its reader did not take it in time, or it did not end with the process")]
    private static partial void LogAbandoned(ILogger log, OutputKind stream);

    [LoggerMessage(Level = LogLevel.Error, Message = "{stream} is dropped from here on: {reason}")]
    private static partial void LogFailed(ILogger log, OutputKind stream, string reason);
}
