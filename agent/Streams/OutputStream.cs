using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>What a process writes: the reading end of its stdout or stderr, or of its terminal.</summary>
internal sealed class OutputStream : IDisposable
{
    /// <summary>How long after the end of its process a stream that another process holds open may stay silent before it counts as ended.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private const nuint FIONREAD = 0x541B;

    private readonly OwnedFd _fd;
    private readonly FdPoller _poller;
    private readonly Task _over;
    private readonly CancellationTokenSource _disposed = new();

    // Held by the one reader; a second call waits, so that bytes come in order.
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <summary>Takes the reading end.</summary>
    /// <param name="fd">Non-blocking; owned from here on.</param>
    /// <param name="poller">Waits for it.</param>
    /// <param name="exited">The end of the process.</param>
    public OutputStream(OwnedFd fd, FdPoller poller, Task exited)
    {
        _fd = fd;
        _poller = poller;
        _over = exited.ContinueWith(_ => Task.Delay(Grace), TaskScheduler.Default).Unwrap();
    }

    /// <summary>Waits for output and takes it.</summary>
    /// <param name="limit">Most bytes; 0 means as many as a call may carry.</param>
    /// <param name="cancel">Gives up; nothing is taken then.</param>
    /// <returns>At least one byte, or none at the end of the stream.</returns>
    public async Task<ByteString> ReadAsync(uint limit, CancellationToken cancel)
    {
        var most = limit is 0 or > GuestContract.StreamChunk ? GuestContract.StreamChunk : (int)limit;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, _disposed.Token);
        await _reading.WaitAsync(linked.Token).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var wasOver = _over.IsCompleted;
                if (TryRead(most) is { } data)
                    return data;
                if (wasOver)
                    return ByteString.Empty;
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(linked.Token);
                Task ready = _poller.WaitAsync(_fd, Poll.POLLIN, wait.Token);
                await Task.WhenAny(ready, _over).ConfigureAwait(false);
                await wait.CancelAsync().ConfigureAwait(false);
                await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                linked.Token.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Sets the size of a terminal (tty_ioctl(4), TIOCSWINSZ).</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public unsafe void Resize(ushort rows, ushort columns)
    {
        var size = stackalloc ushort[4] { rows, columns, 0, 0 };
        LinuxException.Check(SysIoctl.ioctl(_fd.Fd, SysIoctl.TIOCSWINSZ, size), "ioctl", "TIOCSWINSZ");
    }

    /// <summary>Ends reads under way and closes the stream.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        // A read under way lets go of the descriptor first: it waits in no system call, only for the token.
        _reading.Wait();
        _fd.Dispose();
    }

    // Null: nothing there yet. Empty: the end.
    private unsafe ByteString? TryRead(int most)
    {
        int waiting = 0;
        _ = SysIoctl.ioctl(_fd.Fd, FIONREAD, &waiting);
        var buffer = new byte[Math.Clamp(waiting, 1, most)];
        nint count;
        fixed (byte* start = buffer)
        {
            while ((count = Unistd.read(_fd.Fd, start, (nuint)buffer.Length)) < 0)
            {
                switch (LinuxException.LastErrno)
                {
                    case Errno.EINTR:
                        continue;
                    case Errno.EAGAIN:
                        return null;
                    case Errno.EIO:
                        // A terminal whose last user has gone.
                        return ByteString.Empty;
                    case var errno:
                        throw new LinuxException(errno, "read", "output of a process");
                }
            }
        }

        return UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, (int)count));
    }
}
