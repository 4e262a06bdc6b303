using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>What a process reads: the writing end of its stdin, or of its terminal.</summary>
internal sealed class InputStream : IDisposable
{
    private readonly OwnedFd _fd;
    private readonly FdPoller _poller;
    private readonly Task _exited;
    private readonly CancellationTokenSource _closing = new();

    // Held by the one writer, and for good by whoever closes.
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Takes the writing end.</summary>
    /// <param name="fd">Non-blocking; owned from here on.</param>
    /// <param name="poller">Waits for it.</param>
    /// <param name="exited">The end of the process.</param>
    public InputStream(OwnedFd fd, FdPoller poller, Task exited)
    {
        _fd = fd;
        _poller = poller;
        _exited = exited;
    }

    /// <summary>Writes what there is room for, after waiting for room.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancel">Gives up; nothing was written then.</param>
    /// <returns>Bytes taken: at least one, unless there were none.</returns>
    /// <exception cref="TtrpcException">FailedPrecondition: nobody will read it, or it was closed.</exception>
    public async Task<int> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        if (data.IsEmpty)
            return 0;
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
            await _writing.WaitAsync(linked.Token).ConfigureAwait(false);
            try
            {
                int written;
                while ((written = TryWrite(data.Span)) == 0)
                    await WaitForRoomAsync(linked.Token).ConfigureAwait(false);
                return written;
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (_closing.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException)
        {
            throw Closed();
        }
    }

    /// <summary>Closes the stream: the process reads its end. A write that waits for room fails.</summary>
    public void Dispose()
    {
        if (_closing.IsCancellationRequested)
            return;
        _closing.Cancel();
        _writing.Wait();
        _fd.Dispose();
    }

    private static TtrpcException Closed() => new(StatusCode.FailedPrecondition, "the process's standard input is closed");

    private async Task WaitForRoomAsync(CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task ready = _poller.WaitAsync(_fd, Poll.POLLOUT, wait.Token);
        await Task.WhenAny(ready, _exited).ConfigureAwait(false);
        await wait.CancelAsync().ConfigureAwait(false);
        await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        if (_exited.IsCompleted)
            throw Closed();
    }

    // 0: no room.
    private unsafe int TryWrite(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint count;
            while ((count = Unistd.write(_fd.Fd, start, (nuint)data.Length)) < 0)
            {
                switch (LinuxException.LastErrno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return 0;
                    case Errno.EPIPE or Errno.EIO:
                        throw Closed();
                    case var errno:
                        throw new LinuxException(errno, "write", "input of a process");
                }
            }

            return (int)count;
        }
    }
}
