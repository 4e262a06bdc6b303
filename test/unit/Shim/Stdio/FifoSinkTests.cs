using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Stdio;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Stdio;

public sealed class FifoSinkTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly Fifo _fifo = new();
    private readonly FdPoller _poller = new();

    public void Dispose()
    {
        _poller.Dispose();
        _fifo.Dispose();
    }

    [Fact]
    public async Task ASlowReaderLosesNothing()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        var sent = Pattern(1 << 20);
        using var sink = Sink(grace: TimeSpan.Zero);
        var writing = sink.WriteAsync(sent, CancellationToken.None).AsTask();
        var got = new byte[sent.Length];
        for (var at = 0; at < got.Length;)
        {
            var count = Fifo.Read(reader, got.AsSpan(at, Math.Min(got.Length - at, 50_000)));
            if (count > 0)
                at += count;
            await Task.Delay(1);
        }

        await writing.WaitAsync(s_limit);
        Assert.True(sent.AsSpan().SequenceEqual(got));
        Assert.Equal(sent.Length, sink.Progress);
    }

    [Fact]
    public async Task AReaderThatComesLateGetsEverything()
    {
        using var sink = Sink(grace: s_limit);
        var writing = sink.WriteAsync("hello"u8.ToArray(), CancellationToken.None).AsTask();
        await Task.Delay(100);
        Assert.False(writing.IsCompleted);
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        await writing.WaitAsync(s_limit);
        var buffer = new byte[16];
        Assert.Equal(5, Fifo.Read(reader, buffer));
    }

    [Fact]
    public async Task WithoutAReaderOutputIsDroppedAfterTheGraceTime()
    {
        using var sink = Sink(grace: TimeSpan.FromMilliseconds(100));
        await sink.WriteAsync(Pattern(1 << 20), CancellationToken.None).AsTask().WaitAsync(s_limit);
        // Dropping has begun: nothing waits any more.
        var before = Environment.TickCount64;
        for (var i = 0; i < 100; i++)
            await sink.WriteAsync(Pattern(1000), CancellationToken.None).AsTask().WaitAsync(s_limit);
        Assert.True(Environment.TickCount64 - before < 5000);
    }

    [Fact]
    public async Task AReaderThatReturnsGetsWhatComesThen()
    {
        using var sink = Sink(grace: TimeSpan.Zero);
        using (_fifo.Open(Fcntl.O_RDONLY))
            await sink.WriteAsync("one"u8.ToArray(), CancellationToken.None).AsTask().WaitAsync(s_limit);
        // A process that another test starts just now has our descriptors until it executes its program.
        while (IsReaderThere())
            await Task.Delay(5);
        await sink.WriteAsync("lost"u8.ToArray(), CancellationToken.None).AsTask().WaitAsync(s_limit);
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        await sink.WriteAsync("two"u8.ToArray(), CancellationToken.None).AsTask().WaitAsync(s_limit);
        var buffer = new byte[16];
        // What was in the pipe when the first reader left is still there: our write end kept it.
        var got = new MemoryStream();
        for (int count; (count = Fifo.Read(reader, buffer)) > 0;)
            got.Write(buffer, 0, count);
        Assert.Equal("onetwo"u8.ToArray(), got.ToArray());
    }

    [Fact]
    public async Task AReaderThatLeavesWhileTheFifoIsFullIsNoticed()
    {
        using var sink = Sink(grace: TimeSpan.FromMilliseconds(50));
        Task writing;
        using (_fifo.Open(Fcntl.O_RDONLY))
        {
            writing = sink.WriteAsync(Pattern(1 << 20), CancellationToken.None).AsTask();
            await Task.Delay(50);
            Assert.False(writing.IsCompleted);
        }

        await writing.WaitAsync(s_limit);
    }

    [Fact]
    public async Task AStuckReaderIsGivenUpByCancelling()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        using var sink = Sink(grace: s_limit);
        using var cancel = new CancellationTokenSource();
        var writing = sink.WriteAsync(Pattern(1 << 20), cancel.Token).AsTask();
        await Task.Delay(50);
        Assert.False(writing.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(s_limit));
    }

    [Fact]
    public void ClosingGivesTheReaderTheEnd()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        Sink(grace: s_limit).Dispose();
        Assert.Equal(0, Fifo.Read(reader, new byte[1]));
    }

    [Fact]
    public async Task ClosingLetsAReaderGoThatIsStillOpening()
    {
        var sink = Sink(grace: s_limit);
        // Blocks in open(2) until there is a writer.
        var reading = Task.Run(() => File.ReadAllBytes(_fifo.Path));
        while (!File.Exists(_fifo.Path) || !IsReaderThere())
            await Task.Delay(5);
        sink.Dispose();
        Assert.Empty(await reading.WaitAsync(s_limit));
    }

    private bool IsReaderThere()
    {
        var fd = Fcntl.openat(Fcntl.AT_FDCWD, _fifo.Path, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0);
        if (fd < 0)
            return false;
        _ = Unistd.close(fd);
        return true;
    }

    private FifoSink Sink(TimeSpan grace) => new(_fifo.Path, _poller, grace, NullLogger.Instance);

    private static byte[] Pattern(int length) => Enumerable.Range(0, length).Select(i => (byte)(i * 31 + (i >> 8))).ToArray();
}
