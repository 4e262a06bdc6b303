using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Channel;

/// <summary>A connection to the host over a non-blocking descriptor: a virtio-serial port, from the opening of its other end to the closing, or a vsock.</summary>
/// <remarks>One reader and one writer at a time; they do not hinder each other. The writer has a descriptor of its own for the poller.</remarks>
internal sealed class FdStream : Stream
{
    private readonly OwnedFd _read;
    private readonly OwnedFd _write;
    private readonly FdPoller _poller;

    /// <summary>Takes an open descriptor.</summary>
    /// <param name="port">Non-blocking; owned from here on.</param>
    /// <param name="poller">Waits for it.</param>
    public FdStream(OwnedFd port, FdPoller poller)
    {
        _read = port;
        _write = port.Duplicate();
        _poller = poller;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        while ((count = TryRead(buffer.Span)) < 0)
            await _poller.WaitAsync(_read, Poll.POLLIN, cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var count = TryWrite(buffer.Span);
            if (count == 0)
                await _poller.WaitAsync(_write, Poll.POLLOUT, cancellationToken).ConfigureAwait(false);
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _read.Dispose();
        _write.Dispose();
        base.Dispose(disposing);
    }

    // −1: nothing there yet. 0: the host has closed its end.
    private unsafe int TryRead(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_read.IsClosed, this);
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = Unistd.read(_read.Fd, start, (nuint)buffer.Length)) < 0)
            {
                switch (LinuxException.LastErrno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return -1;
                    case var errno:
                        throw new LinuxException(errno, "read", "agent channel");
                }
            }

            return (int)count;
        }
    }

    // 0: no room.
    private unsafe int TryWrite(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_write.IsClosed, this);
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = Unistd.write(_write.Fd, start, (nuint)buffer.Length)) < 0)
            {
                switch (LinuxException.LastErrno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return 0;
                    case var errno:
                        throw new LinuxException(errno, "write", "agent channel");
                }
            }

            return (int)count;
        }
    }
}
