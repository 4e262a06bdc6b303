using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.OpenTelemetry;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Tracing;
using KataShimNet.Tracing;
using KataShimNet.UnitTests.Ttrpc;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using KeyValue = KataShimNet.AgentProto.Ttrpc.Wire.KeyValue;

namespace KataShimNet.UnitTests.Shim.Tracing;

public sealed class SpanRecorderTests
{
    private const string Service = "containerd.task.v3.Task";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task ACallAndWhatItLeadsToAreOneTrace()
    {
        await using var collector = new Collector(Listen(out int port));
        string? told = null;
        var recorder = Begin(port);
        await using (var agent = new TtrpcPair(t => t.Add("grpc.AgentService", "CreateContainer", Empty.Parser, (_, _) => Task.FromResult(new Empty())), new Spy(parent => told = parent), ShimTraces.OfAgent))
        await using (var shim = Shim(agent))
        {
            await Create(shim, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "box");
            await Assert.ThrowsAsync<TtrpcException>(() => shim.Client.CallAsync(Service, "Nothing", new Empty(), Empty.Parser, s_limit));
        }

        await recorder.DisposeAsync();
        Assert.Equal(0, recorder.Dropped);
        Assert.Contains("POST /v1/traces HTTP/1.1\r\n", collector.Heads[0], StringComparison.Ordinal);
        CollectedSpan create = collector.Spans.Single(span => span.Name == $"{Service}/Create");
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "here", "box"), (create.Trace, create.Parent, create.Service, create["container.id"]));
        Assert.Equal((Span.Types.SpanKind.Server, null), (create.Span.Kind, create.Span.Status));
        CollectedSpan storage = collector.Spans.Single(span => span.Name == "storage");
        CollectedSpan call = collector.Spans.Single(span => span.Name == "grpc.AgentService/CreateContainer");
        Assert.Equal((create.Trace, create.Id, Span.Types.SpanKind.Client), (call.Trace, call.Parent, call.Span.Kind));
        Assert.Equal((create.Trace, create.Id), (storage.Trace, storage.Parent));
        Assert.Equal($"00-{create.Trace}-{call.Id}-01", told);
        Assert.True(create.Span.StartTimeUnixNano <= storage.Span.StartTimeUnixNano && storage.Span.EndTimeUnixNano <= create.Span.EndTimeUnixNano);
        CollectedSpan boot = collector.Spans.Single(span => span.Name == "sandbox boot");
        Assert.Equal((create.Trace, create.Id), (boot.Trace, boot.Parent));
        Assert.Equal(Convert.ToUInt64((s_boot - DateTime.UnixEpoch).Ticks) * 100, boot.Span.StartTimeUnixNano);

        CollectedSpan nothing = collector.Spans.Single(span => span.Name == $"{Service}/Nothing");
        Assert.Equal(("", SpanStatus.Types.StatusCode.Error), (nothing.Parent, nothing.Span.Status.Code));
        Assert.NotEqual(create.Trace, nothing.Trace);
    }

    [Fact]
    public async Task WhatTheCallerDoesNotSendIsNotSentAndOfNewTracesAPart()
    {
        await using var collector = new Collector(Listen(out int port));
        var recorder = Begin(port, percent: 0);
        await using (var agent = new TtrpcPair(t => t.Add("grpc.AgentService", "CreateContainer", Empty.Parser, (_, _) => Task.FromResult(new Empty())), null, ShimTraces.OfAgent))
        await using (var shim = Shim(agent))
        {
            await Create(shim, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "not sampled");
            await Create(shim, null, "new");
            await Create(shim, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "sampled");
        }

        await recorder.DisposeAsync();
        Assert.Equal(["sampled"], collector.Spans.Select(span => span["container.id"]).Where(id => id.Length > 0));
        Assert.Null(ShimTraces.OfAgent);
        Assert.Null(ShimTraces.OfTasks);
    }

    [Fact]
    public async Task ACollectorThatHangsDelaysNobodyAndDropsAreSaidOnce()
    {
        await using var collector = new Collector(Listen(out int port), answers: false);
        var lines = new Lines();
        var recorder = Begin(port, log: lines);
        for (int i = 0; i < SpanRecorder.MostWaiting * 2; i++)
            ShimTraces.Source.StartActivity("many")!.Dispose();
        Assert.True(recorder.Dropped > 0);
        await recorder.DisposeAsync().AsTask().WaitAsync(s_limit);
        Assert.Equal(SpanRecorder.MostWaiting * 2, recorder.Dropped);
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public async Task WithoutACollectorNobodyListens()
    {
        Assert.Null(SpanRecorder.TryBegin(new TracingOptions(), _ => null, new SandboxIdentity("default", "box"), NullLogger.Instance));
        Assert.Null(ShimTraces.Source.StartActivity("x"));
        var lines = new Lines();
        // Nobody is at that socket any more.
        Listen(out int port).Dispose();
        var recorder = Begin(port, log: lines);
        ShimTraces.Source.StartActivity("one")!.Dispose();
        await recorder.DisposeAsync().AsTask().WaitAsync(s_limit);
        Assert.Equal((1, 2), (recorder.Dropped, lines.Count));
    }

    private static readonly DateTime s_boot = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    // As the shim does: a handler with a stage of its own, a call to the agent, and streams that go on after it.
    private static TtrpcPair Shim(TtrpcPair agent) => new(
        t => t.Add(Service, "Create", CreateTaskRequest.Parser, async (_, cancel) =>
        {
            using (ShimTraces.Stage("storage"))
                await Task.Yield();
            await agent.Client.CallAsync("grpc.AgentService", "CreateContainer", new Empty(), Empty.Parser, s_limit, cancel);
            await Assert.ThrowsAsync<TtrpcException>(() => agent.Client.CallAsync("grpc.AgentService", "ReadStdout", new Empty(), Empty.Parser, s_limit, cancel));
            var boot = new BootSpans();
            boot.Begin(s_boot);
            boot.End(null, null);
            boot.Tell();
            boot.Tell();
            return new CreateTaskResponse();
        }),
        ShimTraces.OfTasks,
        new Giver());

    private static Task<CreateTaskResponse> Create(TtrpcPair shim, string? parent, string id)
    {
        Giver.Parent = parent;
        return shim.Client.CallAsync(Service, "Create", new CreateTaskRequest { Id = id, Bundle = "/b" }, CreateTaskResponse.Parser, s_limit);
    }

    private static SpanRecorder Begin(int port, int percent = 100, ILogger? log = null) => SpanRecorder.TryBegin(
        new TracingOptions { Endpoint = $"http://127.0.0.1:{port}", SamplePercent = percent, ServiceName = "here" },
        _ => null,
        new SandboxIdentity("default", "box"),
        log ?? NullLogger.Instance)!;

    private static Socket Listen(out int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    // What containerd's client does.
    private sealed class Giver : ITtrpcObserver
    {
        public static string? Parent { get; set; }

        public ITtrpcObservation? Begin(Request request)
        {
            if (Parent is not null)
                request.Metadata.Add(new KeyValue { Key = "traceparent", Value = Parent });
            Parent = null;
            return null;
        }
    }

    private sealed class Spy(Action<string> parent) : ITtrpcObserver
    {
        public ITtrpcObservation? Begin(Request request)
        {
            foreach (KeyValue pair in request.Metadata.Where(pair => pair.Key == "traceparent"))
                parent(pair.Value);
            return null;
        }
    }

    private sealed class Lines : ILogger
    {
        private int _count;

        public int Count => _count;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            System.Threading.Interlocked.Increment(ref _count);
    }
}
