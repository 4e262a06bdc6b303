using System;
using System.Buffers;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Network.Ports;

/// <summary>
/// Carries the bytes between a client on the host and a server in the guest. Each direction has one piece under way: whoever reads slowly slows
/// the other end down. Ends are passed on one by one; what breaks on one side is reset on the other.
/// </summary>
/// <param name="client">The client; owned from here on.</param>
/// <param name="guest">The way to the server.</param>
/// <param name="poller">Notices that the client is gone.</param>
/// <param name="log">Hears of what broke.</param>
internal sealed class ForwardedConnection(Socket client, GuestConnection guest, FdPoller poller, ILogger log)
{
    // Below what the garbage collector keeps apart as a large object.
    private const int Piece = 64 << 10;
    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbes = 3;

    /// <summary>Connects, and carries until both ends have ended, or one is broken.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="stop">Breaks it.</param>
    public async Task RunAsync(int port, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var whole = false;
        try
        {
            client.NoDelay = true;
            await guest.OpenAsync(port, over.Token).ConfigureAwait(false);
            var up = UpAsync(over.Token);
            var down = DownAsync(over.Token);
            var first = await Task.WhenAny(up, down).ConfigureAwait(false);
            await first.ConfigureAwait(false);
            var second = first == up ? await Task.WhenAny(down, WatchAsync(over.Token)).ConfigureAwait(false) : up;
            await second.ConfigureAwait(false);
            whole = true;
        }
        catch (Exception e) when (e is IOException or SocketException or TtrpcException or OperationCanceledException or ObjectDisposedException)
        {
            NetworkLog.ForwardBroke(log, port, e.Message);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            // A refused port looks like one: the client hears of it by a reset, not by an end.
            if (!whole)
                client.LingerState = new LingerOption(true, 0);
            client.Dispose();
            await guest.CloseAsync(reset: !whole).ConfigureAwait(false);
        }
    }

    private async Task UpAsync(CancellationToken cancel)
    {
        while (true)
        {
            // A connection that waits holds no buffer.
            await client.ReceiveAsync(Memory<byte>.Empty, cancel).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(Piece);
            try
            {
                var count = await client.ReceiveAsync(buffer, cancel).ConfigureAwait(false);
                if (count == 0)
                    break;
                await guest.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        await guest.EndAsync(cancel).ConfigureAwait(false);
    }

    private async Task DownAsync(CancellationToken cancel)
    {
        while (true)
        {
            var data = await guest.ReadAsync(Piece, cancel).ConfigureAwait(false);
            if (data.IsEmpty)
                break;
            while (!data.IsEmpty)
                data = data[await client.SendAsync(data, cancel).ConfigureAwait(false)..];
        }

        client.Shutdown(SocketShutdown.Send);
    }

    // A client that has closed and one that has only ended look alike; the kernel asks whether there is still somebody.
    private async Task WatchAsync(CancellationToken cancel)
    {
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        client.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        using var watched = OwnedFd.FromCall(Fcntl.fcntl((int)client.Handle, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl", "F_DUPFD_CLOEXEC");
        await poller.WaitAsync(watched, 0, cancel).ConfigureAwait(false);
        throw new IOException("the client is gone");
    }
}
