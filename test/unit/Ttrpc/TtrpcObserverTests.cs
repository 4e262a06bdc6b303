using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;
using Xunit;

namespace KataShimNet.UnitTests.Ttrpc;

public sealed class TtrpcObserverTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly AsyncLocal<string?> s_context = new();

    [Fact]
    public async Task BothSidesSeeACallAndMetadataComesWithIt()
    {
        var (server, client) = (new Notes("server"), new Notes("client") { Adds = new KeyValue { Key = "traceparent", Value = "x" } });
        string? seen = null;
        await using var pair = new TtrpcPair(
            t => t.Add("s", "M", Empty.Parser, (_, _) =>
            {
                seen = s_context.Value;
                return Task.FromResult(new Empty());
            }),
            server,
            client);
        await pair.Client.CallAsync("s", "M", new Empty(), Empty.Parser, s_limit);
        Assert.Equal(["begin s/M traceparent=x", "end Ok "], server.Lines);
        Assert.Equal(["begin s/M ", "end Ok "], client.Lines);
        // What an observer sets for a call is there in the handler, and nowhere after it.
        Assert.Equal(("server", null), (seen, s_context.Value));
    }

    [Fact]
    public async Task ErrorsAreToldWithTheirCodes()
    {
        var (server, client) = (new Notes("server"), new Notes("client"));
        await using var pair = new TtrpcPair(
            t => t
                .Add<Empty, Empty>("s", "Refuse", Empty.Parser, (_, _) => throw new TtrpcException(StatusCode.NotFound, "no such thing"))
                .Add<Empty, Empty>("s", "Break", Empty.Parser, (_, _) => throw new InvalidOperationException("broken"))
                .Add<Empty, Empty>("s", "Hang", Empty.Parser, async (_, cancel) =>
                {
                    await Task.Delay(Timeout.Infinite, cancel);
                    return new Empty();
                }),
            server,
            client);
        foreach (var method in new[] { "Refuse", "Break", "None" })
            await Assert.ThrowsAsync<TtrpcException>(() => pair.Client.CallAsync("s", method, new Empty(), Empty.Parser, s_limit));
        string[] ends = ["end NotFound no such thing", "end Unknown broken", "end Unimplemented method None of s is not implemented"];
        Assert.Equal(ends, server.Lines.Where(line => line.StartsWith("end", StringComparison.Ordinal)));
        Assert.Equal(ends, client.Lines.Where(line => line.StartsWith("end", StringComparison.Ordinal)));

        await Assert.ThrowsAsync<TtrpcException>(() => pair.Client.CallAsync("s", "Hang", new Empty(), Empty.Parser, TimeSpan.FromMilliseconds(50)));
        Assert.StartsWith("end DeadlineExceeded", client.Lines[^1], StringComparison.Ordinal);
        using var gone = new CancellationTokenSource();
        var call = pair.Client.CallAsync("s", "Hang", new Empty(), Empty.Parser, s_limit, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.StartsWith("end Cancelled", client.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnObserverMayPassOverACall()
    {
        var server = new Notes("server") { Sees = false };
        await using var pair = new TtrpcPair(t => t.Add("s", "M", Empty.Parser, (_, _) => Task.FromResult(new Empty())), server);
        await pair.Client.CallAsync("s", "M", new Empty(), Empty.Parser, s_limit);
        Assert.Equal(["begin s/M "], server.Lines);
    }

    private sealed class Notes(string name) : ITtrpcObserver, ITtrpcObservation
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> Lines => [.. _lines];

        public KeyValue? Adds { get; init; }

        public bool Sees { get; init; } = true;

        public ITtrpcObservation? Begin(Request request)
        {
            _lines.Enqueue($"begin {request.Service}/{request.Method} {string.Join(' ', request.Metadata.Select(pair => $"{pair.Key}={pair.Value}"))}");
            s_context.Value = name;
            if (Adds is not null)
                request.Metadata.Add(Adds);
            return Sees ? this : null;
        }

        public void End(StatusCode code, string message) => _lines.Enqueue($"end {code} {message}");
    }
}
