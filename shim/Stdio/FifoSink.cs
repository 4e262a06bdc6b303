using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Stdio;

/// <summary>
/// Output into a fifo. A slow reader makes the process wait; a reader that went away is waited for during a grace time, then output is
/// dropped until a reader is back.
/// </summary>
/// <remarks>
/// Only a write end is held: with a read end of our own, as some shims keep one, the absence of the reader could not be seen
/// (fifo(7): ENXIO at open, EPIPE at write, POLLERR at poll).
/// </remarks>
internal sealed partial class FifoSink : IOutputSink
{
    // A pipe reports that its last reader has gone, but nothing reports that one is back, so that is looked for at this pace.
    private static readonly TimeSpan s_lookForReader = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly FdPoller _poller;
    private readonly TimeSpan _grace;
    private readonly ILogger _log;
    private OwnedFd? _fd; // Null until there was a reader for the first time.
    private long _readerLost; // Time stamp, 0 while there is a reader.
    private long _dropped; // Bytes since the grace time was over; 0 while nothing is dropped.
    private long _progress;

    /// <summary>Opens the fifo if it has a reader by now; otherwise that is tried again later.</summary>
    /// <param name="path">The fifo.</param>
    /// <param name="poller">Waits until there is room.</param>
    /// <param name="grace">How long a missing reader is waited for.</param>
    /// <param name="log">Gets a line when output starts to be dropped, and when that ends.</param>
    /// <exception cref="LinuxException">The fifo cannot be opened at all.</exception>
    public FifoSink(string path, FdPoller poller, TimeSpan grace, ILogger log)
    {
        _path = path;
        _poller = poller;
        _grace = grace;
        _log = log;
        TryOpen();
    }

    /// <inheritdoc/>
    public long Progress => Interlocked.Read(ref _progress);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        while (data.Length > 0)
        {
            cancel.ThrowIfCancellationRequested();
            switch (TryWrite(data.Span, out var written))
            {
                case Attempt.Wrote:
                    ReaderSeen();
                    Interlocked.Add(ref _progress, written);
                    data = data[written..];
                    break;
                case Attempt.Full:
                    await _poller.WaitAsync(_fd!, Poll.POLLOUT, cancel).ConfigureAwait(false);
                    break;
                default:
                    if (ShouldDrop(data.Length))
                        return;
                    await Task.Delay(s_lookForReader, cancel).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Closes the write end. A reader that never got one to open is let go first: it sees the end of the stream.</summary>
    public void Dispose()
    {
        try
        {
            TryOpen();
        }
        catch (LinuxException)
        {
            // The fifo is gone, and so is whoever would have read it.
        }

        _fd?.Dispose();
        if (_dropped > 0)
            LogDroppedInAll(_log, _path, _dropped);
    }

    // Whether there is a write end. open(2) with O_NONBLOCK succeeds only when a reader has the fifo open or is opening it.
    private bool TryOpen()
    {
        if (_fd is not null)
            return true;
        var fd = Fcntl.openat(Fcntl.AT_FDCWD, _path, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0);
        if (fd < 0)
        {
            var errno = LinuxException.LastErrno;
            return errno is Errno.ENXIO or Errno.EINTR ? false : throw new LinuxException(errno, "open", _path);
        }

        _fd = new OwnedFd(fd);
        return true;
    }

    private unsafe Attempt TryWrite(ReadOnlySpan<byte> data, out int written)
    {
        written = 0;
        try
        {
            if (!TryOpen())
                return Attempt.NoReader;
        }
        catch (LinuxException)
        {
            return Attempt.NoReader;
        }

        fixed (byte* bytes = data)
        {
            var count = Unistd.write(_fd!.Fd, bytes, (nuint)data.Length);
            if (count >= 0)
            {
                written = (int)count;
                return Attempt.Wrote;
            }
        }

        // Anything else than a full pipe is the same for us: nobody takes it.
        return LinuxException.LastErrno is Errno.EAGAIN or Errno.EINTR ? Attempt.Full : Attempt.NoReader;
    }

    private void ReaderSeen()
    {
        _readerLost = 0;
        if (_dropped == 0)
            return;
        LogReaderBack(_log, _path, _dropped);
        _dropped = 0;
    }

    private bool ShouldDrop(int length)
    {
        if (_readerLost == 0)
            _readerLost = Stopwatch.GetTimestamp();
        if (Stopwatch.GetElapsedTime(_readerLost) < _grace)
            return false;
        if (_dropped == 0)
            LogDropping(_log, _path, _grace.TotalSeconds);
        _dropped += length;
        Interlocked.Add(ref _progress, length);
        return true;
    }

    private enum Attempt
    {
        Wrote,
        Full,
        NoReader,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "nobody has read {fifo} for {seconds} s: output is dropped until somebody does")]
    private static partial void LogDropping(ILogger log, string fifo, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{fifo} has a reader again; {bytes} bytes were dropped")]
    private static partial void LogReaderBack(ILogger log, string fifo, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{bytes} bytes for {fifo} were dropped because nobody read them")]
    private static partial void LogDroppedInAll(ILogger log, string fifo, long bytes);
}
