using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.OpenTelemetry;

namespace KataShimNet.Tracing;

/// <summary>A span as a collector has it.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Span">The span.</param>
public sealed record CollectedSpan(string Service, Span Span)
{
    /// <summary>Its id, in hexadecimal digits.</summary>
    public string Id => Convert.ToHexStringLower(Span.SpanId.Span);

    /// <summary>The id of the span above it; empty for the first of a trace.</summary>
    public string Parent => Convert.ToHexStringLower(Span.ParentSpanId.Span);

    /// <summary>Its trace.</summary>
    public string Trace => Convert.ToHexStringLower(Span.TraceId.Span);

    /// <summary>Its name.</summary>
    public string Name => Span.Name;

    /// <summary>The text of an attribute; empty when it is not there.</summary>
    public string this[string key] => Span.Attributes.FirstOrDefault(pair => pair.Key == key)?.Value.StringValue ?? "";
}

/// <summary>A collector of traces: takes OTLP over HTTP on a socket that listens, and keeps what comes.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly Socket _listening;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly bool _answers;
    private readonly Task _accepting;

    /// <summary>Begins to take connections.</summary>
    /// <param name="listening">The socket; closed at the end.</param>
    /// <param name="answers">Whether what comes is answered; else it hangs.</param>
    public Collector(Socket listening, bool answers = true)
    {
        (_listening, _answers) = (listening, answers);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>What has come.</summary>
    public IReadOnlyList<CollectedSpan> Spans => [.. _spans];

    /// <summary>The first line and the headers of each request.</summary>
    public IReadOnlyList<string> Heads => [.. _heads];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listening.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listening.AcceptAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one, _stop.Token);
                head.Append((char)one[0]);
            }

            _heads.Enqueue(head.ToString());
            var length = head.ToString().Split("\r\n").First(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1];
            var body = new byte[int.Parse(length.Trim(), CultureInfo.InvariantCulture)];
            await stream.ReadExactlyAsync(body, _stop.Token);
            if (!_answers)
                await Task.Delay(Timeout.Infinite, _stop.Token);
            foreach (var resource in ExportTraceServiceRequest.Parser.ParseFrom(body).ResourceSpans)
            {
                var service = resource.Resource.Attributes.First(pair => pair.Key == "service.name").Value.StringValue;
                foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
                    _spans.Enqueue(new CollectedSpan(service, span));
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client is gone, or this ends.
        }
    }
}
