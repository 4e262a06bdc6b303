using System;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Stdio;

/// <summary>
/// Moves a fifo's content into a process at the process's pace. The end comes when the client says so (CloseIO), not when a
/// writer goes away: a client may come back.
/// </summary>
internal sealed partial class InputPump : IDisposable
{
    private readonly OwnedFd _read;
    private readonly OwnedFd _write; // Keeps the fifo from reporting its end while no client has it open.
    private readonly FdPoller _poller;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Opens the fifo.</summary>
    /// <param name="path">The fifo.</param>
    /// <param name="poller">Waits for data.</param>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public InputPump(string path, FdPoller poller)
    {
        _poller = poller;
        _read = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0), "open", path);
        try
        {
            _write = OwnedFd.FromCall(
                Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0), "open", path);
        }
        catch
        {
            _read.Dispose();
            throw;
        }
    }

    /// <summary>What is in the fifo now is the last: after it the process sees the end. Returns at once.</summary>
    public void Close() => _closing.Cancel();

    /// <summary>Runs until the input has ended or the process does not read any more.</summary>
    /// <param name="streams">The process.</param>
    /// <param name="log">Gets a line when input is lost.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task RunAsync(IProcessStreams streams, ILogger log, CancellationToken cancel)
    {
        var buffer = new byte[GuestContract.StreamChunk / 4];
        try
        {
            while (true)
            {
                // Asked before reading: what was written before the close is then seen by this read or a later one.
                var closing = _closing.IsCancellationRequested;
                var count = Read(buffer);
                if (count > 0)
                {
                    if (!await WriteAsync(streams, ByteString.CopyFrom(buffer, 0, count), cancel).ConfigureAwait(false))
                        return;
                }
                else if (closing)
                {
                    await streams.CloseInputAsync(cancel).ConfigureAwait(false);
                    return;
                }
                else
                {
                    await WaitForDataAsync(cancel).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is TtrpcException or LinuxException or OperationCanceledException)
        {
            LogEnded(log, e.Message);
        }
        finally
        {
            // A client that still writes gets EPIPE instead of waiting for ever.
            _read.Dispose();
            _write.Dispose();
        }
    }

    /// <summary>For a pump that never ran.</summary>
    public void Dispose()
    {
        _closing.Dispose();
        _read.Dispose();
        _write.Dispose();
    }

    private static async Task<bool> WriteAsync(IProcessStreams streams, ByteString data, CancellationToken cancel)
    {
        while (data.Length > 0)
        {
            var taken = await streams.WriteAsync(data, cancel).ConfigureAwait(false);
            if (taken < 0)
                return false;
            data = taken >= data.Length ? ByteString.Empty : ByteString.CopyFrom(data.Span[taken..]);
        }

        return true;
    }

    private async Task WaitForDataAsync(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        try
        {
            await _poller.WaitAsync(_read, Poll.POLLIN, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Closing: one more look at what is in the fifo.
        }
    }

    // Bytes read; 0 when there is nothing now.
    private unsafe int Read(byte[] buffer)
    {
        fixed (byte* bytes = buffer)
        {
            nint count;
            while ((count = Unistd.read(_read.Fd, bytes, (nuint)buffer.Length)) < 0)
            {
                var errno = LinuxException.LastErrno;
                if (errno == Errno.EAGAIN)
                    return 0;
                if (errno != Errno.EINTR)
                    throw new LinuxException(errno, "read", "stdin fifo");
            }

            return (int)count;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "stdin ended: {reason}")]
    private static partial void LogEnded(ILogger log, string reason);
}
