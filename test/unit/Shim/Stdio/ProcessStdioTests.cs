using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Stdio;
using KataShimNet.UnitTests.Shim.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Stdio;

public sealed class ProcessStdioTests : IDisposable
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
    public async Task FilesAreAppendedTo()
    {
        var file = _fifo.Path + ".log";
        await File.WriteAllTextAsync(file, "old\n");
        using var stdio = Open(new StdioPaths("", $"file://{file}", $"file://{file}", Terminal: false));
        stdio.Start(_streams);
        await _streams.Process.PrintAsync(ByteString.CopyFromUtf8("new\n"));
        _streams.Process.CloseOutputs();
        await stdio.DrainAsync().WaitAsync(s_limit);
        Assert.Equal("old\nnew\n", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task OutputThatNobodyWantsHoldsNobodyUp()
    {
        using var stdio = Open(new StdioPaths("", "", "", Terminal: false));
        stdio.Start(_streams);
        for (var i = 0; i < 100; i++)
            await _streams.Process.PrintAsync(ByteString.CopyFromUtf8("x")).AsTask().WaitAsync(s_limit);
        _streams.Process.CloseOutputs();
        await stdio.DrainAsync().WaitAsync(s_limit);
        Assert.Empty(await _streams.Process.InputEnded.Task.WaitAsync(s_limit));
    }

    [Fact]
    public async Task AReaderThatPausesAtTheEndStillGetsEverything()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        using var stdio = Open(new StdioPaths("", _fifo.Path, "", Terminal: false));
        stdio.Start(_streams);
        await _streams.Process.PrintAsync(ByteString.CopyFrom(new byte[200_000]));
        _streams.Process.CloseOutputs();
        // Longer than anybody waits for the drain: the exit is reported, the rest stays to be read.
        await stdio.DrainAsync().WaitAsync(s_limit);
        var buffer = new byte[65_536];
        var got = 0;
        for (int count; (count = Fifo.Read(reader, buffer)) != 0;)
        {
            if (count > 0)
                got += count;
            else
                await Task.Delay(1);
        }

        Assert.Equal(200_000, got);
        await stdio.FinishAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task AStuckReaderHoldsTheDeletionUpForAShortTimeOnly()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        using var stdio = Open(new StdioPaths("", _fifo.Path, "", Terminal: false));
        stdio.Start(_streams);
        await _streams.Process.PrintAsync(ByteString.CopyFrom(new byte[200_000]));
        _streams.Process.CloseOutputs();
        var watch = Stopwatch.StartNew();
        await stdio.DrainAsync();
        await stdio.FinishAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AStreamThatDoesNotEndWithItsProcessIsClosed()
    {
        using var reader = _fifo.Open(Fcntl.O_RDONLY);
        using var stdio = Open(new StdioPaths("", _fifo.Path, "", Terminal: false));
        stdio.Start(_streams);
        await stdio.DrainAsync().WaitAsync(s_limit);
        await stdio.FinishAsync().WaitAsync(s_limit);
        Assert.Equal(0, Fifo.Read(reader, new byte[1]));
    }

    [Theory]
    [InlineData("", "binary:///no/such/logger", StatusCode.NotFound)]
    [InlineData("", "/nowhere/fifo", StatusCode.NotFound)]
    [InlineData("/nowhere/fifo", "", StatusCode.NotFound)]
    [InlineData("file:///tmp/x", "", StatusCode.Unimplemented)]
    public void WhatCannotBeOpenedIsNamed(string stdin, string stdout, StatusCode code)
    {
        var error = Assert.Throws<TtrpcException>(() => Open(new StdioPaths(stdin, stdout, "", Terminal: false)));
        Assert.Equal(code, error.Code);
        Assert.Contains(stdin + stdout, error.Message, StringComparison.Ordinal);
    }

    private ProcessStdio Open(StdioPaths paths) => ProcessStdio.Open(paths, _poller, TimeSpan.FromMilliseconds(200), NullLogger.Instance);

    private sealed class Streams : IProcessStreams
    {
        public ScriptedProcess Process { get; } = new();

        public Task<ByteString> ReadAsync(OutputKind kind, CancellationToken cancel) => Process.ReadAsync(kind == OutputKind.Stderr, cancel);

        public Task<int> WriteAsync(ByteString data, CancellationToken cancel) => Process.WriteAsync(data, cancel);

        public Task CloseInputAsync(CancellationToken cancel)
        {
            Process.CloseInput();
            return Task.CompletedTask;
        }
    }
}
