using System;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Streams;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

public sealed class StreamTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task AReadWaitsForOutputAndThenForTheEnd()
    {
        var (ours, theirs) = Pipe.ForOutput();
        using var stream = new OutputStream(ours, new FdPoller(), new TaskCompletionSource().Task);
        var read = stream.ReadAsync(0, CancellationToken.None);
        Assert.False(read.IsCompleted);
        Write(theirs, "hello");
        Assert.Equal("hello", (await read.WaitAsync(s_limit)).ToStringUtf8());
        theirs.Dispose();
        Assert.True((await stream.ReadAsync(0, CancellationToken.None).WaitAsync(s_limit)).IsEmpty);
    }

    [Fact]
    public async Task AfterTheProcessItsOutputEndsThoughAnotherHoldsThePipe()
    {
        var (ours, theirs) = Pipe.ForOutput();
        var exited = new TaskCompletionSource();
        using var stream = new OutputStream(ours, new FdPoller(), exited.Task);
        Write(theirs, "last words");
        exited.SetResult();
        Assert.Equal("last words", (await stream.ReadAsync(4096, CancellationToken.None).WaitAsync(s_limit)).ToStringUtf8());
        Assert.True((await stream.ReadAsync(4096, CancellationToken.None).WaitAsync(s_limit)).IsEmpty);
        theirs.Dispose();
    }

    [Fact]
    public async Task AReadThatIsGivenUpTakesNothing()
    {
        var (ours, theirs) = Pipe.ForOutput();
        using var stream = new OutputStream(ours, new FdPoller(), new TaskCompletionSource().Task);
        using var cancel = new CancellationTokenSource();
        var read = stream.ReadAsync(0, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(s_limit));
        Write(theirs, "kept");
        Assert.Equal("kept", (await stream.ReadAsync(0, CancellationToken.None).WaitAsync(s_limit)).ToStringUtf8());
        theirs.Dispose();
    }

    [Fact]
    public async Task AFullInputTakesPartAndThenWaits()
    {
        var (ours, theirs) = Pipe.ForInput();
        using var stream = new InputStream(ours, new FdPoller(), new TaskCompletionSource().Task);
        var data = new byte[4 << 20];
        var taken = await stream.WriteAsync(data, CancellationToken.None).WaitAsync(s_limit);
        Assert.InRange(taken, 4096, data.Length - 1);
        var second = stream.WriteAsync(data, CancellationToken.None);
        Assert.False(second.IsCompleted);
        stream.Dispose();
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<TtrpcException>(() => second.WaitAsync(s_limit))).Code);
        theirs.Dispose();
    }

    [Fact]
    public async Task AnInputThatNobodyReadsIsRefused()
    {
        var (ours, theirs) = Pipe.ForInput();
        theirs.Dispose();
        using var stream = new InputStream(ours, new FdPoller(), new TaskCompletionSource().Task);
        var error = await Assert.ThrowsAsync<TtrpcException>(() => stream.WriteAsync("x"u8.ToArray(), CancellationToken.None).WaitAsync(s_limit));
        Assert.Equal(StatusCode.FailedPrecondition, error.Code);
    }

    private static unsafe void Write(OwnedFd fd, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
            Assert.Equal(bytes.Length, (int)Unistd.write(fd.Fd, start, (nuint)bytes.Length));
    }
}
