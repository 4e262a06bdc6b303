using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Stdio;

/// <summary>Output into a pipe whose reader was started here and does not come back once it has gone.</summary>
/// <param name="fd">The writing end, non-blocking; owned from here on.</param>
/// <param name="name">Name of the reader, for errors.</param>
/// <param name="poller">Waits until there is room.</param>
internal sealed class PipeSink(OwnedFd fd, string name, FdPoller poller) : IOutputSink
{
    private long _progress;

    /// <inheritdoc/>
    public long Progress => Interlocked.Read(ref _progress);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        while (data.Length > 0)
        {
            cancel.ThrowIfCancellationRequested();
            var written = TryWrite(data.Span);
            if (written == 0)
                await poller.WaitAsync(fd, Poll.POLLOUT, cancel).ConfigureAwait(false);
            Interlocked.Add(ref _progress, written);
            data = data[written..];
        }
    }

    /// <summary>Closes the pipe: the reader sees the end.</summary>
    public void Dispose() => fd.Dispose();

    // 0: no room.
    private unsafe int TryWrite(ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            var count = Unistd.write(fd.Fd, bytes, (nuint)data.Length);
            if (count >= 0)
                return (int)count;
            var errno = LinuxException.LastErrno;
            return errno is Errno.EAGAIN or Errno.EINTR ? 0 : throw new LinuxException(errno, "write", name);
        }
    }
}
