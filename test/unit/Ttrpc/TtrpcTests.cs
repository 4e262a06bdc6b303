using System;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Ttrpc;

public sealed class TtrpcTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task AnAnswerComesBack()
    {
        await using var pair = new TtrpcPair(t => t.Add("s", "M", CheckRequest.Parser, (r, _) => Task.FromResult(new VersionCheckResponse { AgentVersion = r.Service })));
        var answer = await pair.Client.CallAsync("s", "M", new CheckRequest { Service = "x" }, VersionCheckResponse.Parser, s_limit);
        Assert.Equal("x", answer.AgentVersion);
    }

    [Fact]
    public async Task AnEmptyRequestAndAnEmptyAnswerWork()
    {
        await using var pair = new TtrpcPair(t => t.Add("s", "M", Empty.Parser, (_, _) => Task.FromResult(new Empty())));
        await pair.Client.CallAsync("s", "M", new Empty(), Empty.Parser, s_limit);
    }

    [Fact]
    public async Task ErrorsKeepCodeAndText()
    {
        await using var pair = new TtrpcPair(t => t
            .Add<Empty, Empty>("s", "Refuse", Empty.Parser, (_, _) => throw new TtrpcException(StatusCode.NotFound, "no such thing"))
            .Add<Empty, Empty>("s", "Break", Empty.Parser, (_, _) => throw new InvalidOperationException("broken")));
        var refused = await Assert.ThrowsAsync<TtrpcException>(() => Call(pair, "s", "Refuse"));
        Assert.Equal((StatusCode.NotFound, "no such thing"), (refused.Code, refused.Message));
        Assert.Equal(StatusCode.Unknown, (await Assert.ThrowsAsync<TtrpcException>(() => Call(pair, "s", "Break"))).Code);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<TtrpcException>(() => Call(pair, "s", "None"))).Code);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<TtrpcException>(() => Call(pair, "t", "None"))).Code);
    }

    [Fact]
    public async Task CallsRunSideBySide()
    {
        var gate = new TaskCompletionSource();
        await using var pair = new TtrpcPair(t => t
            .Add("s", "Wait", Empty.Parser, async (_, _) =>
            {
                await gate.Task;
                return new Empty();
            })
            .Add("s", "Go", Empty.Parser, (_, _) =>
            {
                gate.SetResult();
                return Task.FromResult(new Empty());
            }));
        var waiting = Enumerable.Range(0, 100).Select(_ => Call(pair, "s", "Wait")).ToArray();
        await Call(pair, "s", "Go");
        await Task.WhenAll(waiting).WaitAsync(s_limit);
    }

    [Fact]
    public async Task MessagesOfMegabytesArriveWhole()
    {
        await using var pair = new TtrpcPair(t => t.Add("s", "M", ReadStreamResponse.Parser, (r, _) => Task.FromResult(new ReadStreamResponse { Data = r.Data })));
        var data = new byte[3 << 20];
        Random.Shared.NextBytes(data);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => pair.Client.CallAsync(
            "s", "M", new ReadStreamResponse { Data = ByteString.CopyFrom(data) }, ReadStreamResponse.Parser, s_limit)));
        Assert.All(answers, a => Assert.True(a.Data.Span.SequenceEqual(data)));
    }

    [Fact]
    public async Task AMessageOverTheLimitFailsAloneAndTheConnectionLives()
    {
        await using var pair = new TtrpcPair(t => t.Add("s", "M", Empty.Parser, (_, _) => Task.FromResult(new Empty())));
        var large = new ReadStreamResponse { Data = ByteString.CopyFrom(new byte[5 << 20]) };
        var error = await Assert.ThrowsAsync<TtrpcException>(() => pair.Client.CallAsync("s", "M", large, Empty.Parser, s_limit));
        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
        await Call(pair, "s", "M");
    }

    [Fact]
    public async Task AnAnswerOverTheLimitIsAnErrorNotASilence()
    {
        await using var pair = new TtrpcPair(t => t.Add("s", "M", Empty.Parser, (_, _) =>
            Task.FromResult(new ReadStreamResponse { Data = ByteString.CopyFrom(new byte[5 << 20]) })));
        var error = await Assert.ThrowsAsync<TtrpcException>(() => pair.Client.CallAsync("s", "M", new Empty(), ReadStreamResponse.Parser, s_limit));
        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
    }

    [Fact]
    public async Task ATimeOutEndsTheCallOnBothSides()
    {
        var cancelled = new TaskCompletionSource();
        await using var pair = new TtrpcPair(t => t.Add<Empty, Empty>("s", "M", Empty.Parser, async (_, cancel) =>
        {
            await using var registration = cancel.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, cancel);
            return new Empty();
        }));
        var error = await Assert.ThrowsAsync<TtrpcException>(
            () => pair.Client.CallAsync("s", "M", new Empty(), Empty.Parser, TimeSpan.FromMilliseconds(50)));
        Assert.Equal(StatusCode.DeadlineExceeded, error.Code);
        await cancelled.Task.WaitAsync(s_limit);
    }

    [Fact]
    public async Task ALostConnectionEndsCallsUnderWayAndLaterOnes()
    {
        var pair = new TtrpcPair(t => t.Add<Empty, Empty>("s", "M", Empty.Parser, async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return new Empty();
        }));
        await using var client = pair.Client;
        var underWay = Call(pair, "s", "M");
        await pair.StopServerAsync();
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<TtrpcException>(() => underWay.WaitAsync(s_limit))).Code);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<TtrpcException>(() => Call(pair, "s", "M"))).Code);
        await client.Closed.WaitAsync(s_limit);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 1, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 4, 0, 0, 0, 1, 1, 0, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0, 0, 0 })]
    public async Task GarbageEndsTheConnectionOnly(byte[] garbage)
    {
        var table = new TtrpcServiceTable();
        var (ours, theirs) = TtrpcPair.Sockets();
        var serving = new TtrpcServer(table, NullLogger.Instance).ServeAsync(new NetworkStream(theirs, ownsSocket: true), CancellationToken.None);
        await ours.SendAsync(garbage);
        ours.Shutdown(SocketShutdown.Send);
        await serving.WaitAsync(s_limit);
        ours.Dispose();
    }

    private static Task<Empty> Call(TtrpcPair pair, string service, string method) =>
        pair.Client.CallAsync(service, method, new Empty(), Empty.Parser, s_limit);
}
