using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Stdio;
using KataShimNet.UnitTests.Shim.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Stdio;

public sealed class InputPumpTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly Fifo _fifo = new();
    private readonly FdPoller _poller = new();
    private readonly Streams _streams = new();

    public void Dispose()
    {
        _poller.Dispose();
        _fifo.Dispose();
    }

    [Fact]
    public async Task WhatIsInTheFifoAtTheCloseStillArrives()
    {
        using var pump = new InputPump(_fifo.Path, _poller);
        using var writer = _fifo.Open(Fcntl.O_WRONLY);
        var data = Enumerable.Range(0, 50_000).Select(i => (byte)i).ToArray();
        Fifo.Write(writer, data);
        pump.Close();
        var running = pump.RunAsync(_streams, NullLogger.Instance, CancellationToken.None);
        Assert.Equal(data, await _streams.Process.InputEnded.Task.WaitAsync(s_limit));
        await running.WaitAsync(s_limit);
    }

    [Fact]
    public async Task AWriterThatLeavesIsNotTheEnd()
    {
        using var pump = new InputPump(_fifo.Path, _poller);
        var running = pump.RunAsync(_streams, NullLogger.Instance, CancellationToken.None);
        using (var first = _fifo.Open(Fcntl.O_WRONLY))
            Fifo.Write(first, "one"u8);
        await Task.Delay(50);
        Assert.False(_streams.Process.InputEnded.Task.IsCompleted);
        using (var second = _fifo.Open(Fcntl.O_WRONLY))
            Fifo.Write(second, "two"u8);
        pump.Close();
        Assert.Equal("onetwo"u8.ToArray(), await _streams.Process.InputEnded.Task.WaitAsync(s_limit));
        await running.WaitAsync(s_limit);
    }

    [Fact]
    public async Task AProcessThatDoesNotReadEndsThePumpAndTheWriter()
    {
        _streams.Process.Deaf = true;
        using var pump = new InputPump(_fifo.Path, _poller);
        using var writer = _fifo.Open(Fcntl.O_WRONLY);
        var running = pump.RunAsync(_streams, NullLogger.Instance, CancellationToken.None);
        Fifo.Write(writer, "x"u8);
        await running.WaitAsync(s_limit);
        Assert.Equal(Errno.EPIPE, TryWrite(writer));
    }

    [Fact]
    public async Task CancellingEndsAPumpThatWaits()
    {
        using var pump = new InputPump(_fifo.Path, _poller);
        using var cancel = new CancellationTokenSource();
        var running = pump.RunAsync(_streams, NullLogger.Instance, cancel.Token);
        await Task.Delay(20);
        Assert.False(running.IsCompleted);
        await cancel.CancelAsync();
        await running.WaitAsync(s_limit);
    }

    private static unsafe Errno TryWrite(OwnedFd fd)
    {
        byte data = 0;
        return Unistd.write(fd.Fd, &data, 1) < 0 ? LinuxException.LastErrno : Errno.None;
    }

    private sealed class Streams : IProcessStreams
    {
        public ScriptedProcess Process { get; } = new();

        public Task<ByteString> ReadAsync(OutputKind kind, CancellationToken cancel) => Process.ReadAsync(kind == OutputKind.Stderr, cancel);

        public async Task<int> WriteAsync(ByteString data, CancellationToken cancel) =>
            Process.Deaf ? -1 : await Process.WriteAsync(data, cancel);

        public Task CloseInputAsync(CancellationToken cancel)
        {
            Process.CloseInput();
            return Task.CompletedTask;
        }
    }
}
