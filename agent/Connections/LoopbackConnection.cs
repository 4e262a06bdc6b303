using System;
using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Connections;

/// <summary>A connection of the host's with a server that listens on the guest's loopback device, or on all of its addresses.</summary>
internal sealed class LoopbackConnection : IDisposable
{
    private static readonly IPAddress[] s_addresses = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly CancellationTokenSource _closing = new();
    // Of the address that was called last.
    private Socket? _socket;

    /// <summary>Connects.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="OperationCanceledException">It took too long, or was closed meanwhile.</exception>
    public async Task ConnectAsync(ushort port, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        foreach (var address in s_addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, either.Token).ConfigureAwait(false);
                _socket = socket;
                return;
            }
            catch (SocketException) when (address != s_addresses[^1])
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits for bytes.</summary>
    /// <param name="length">Most of them.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Empty at the end.</returns>
    /// <exception cref="SocketException">The server has reset the connection, or it was closed.</exception>
    public async Task<ByteString> ReadAsync(uint length, CancellationToken cancel)
    {
        // A connection that waits holds no buffer.
        await Open.ReceiveAsync(Memory<byte>.Empty, cancel).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, 1, GuestContract.StreamChunk));
        try
        {
            var most = (int)Math.Min(length, (uint)buffer.Length);
            return ByteString.CopyFrom(buffer, 0, await Open.ReceiveAsync(buffer.AsMemory(0, most), cancel).ConfigureAwait(false));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="cancel">Gives up; a part may have been sent then.</param>
    /// <exception cref="SocketException">The server has reset the connection, or it was closed.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        while (!data.IsEmpty)
            data = data[await Open.SendAsync(data, cancel).ConfigureAwait(false)..];
    }

    /// <summary>Ends what is sent.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public void End() => Open.Shutdown(SocketShutdown.Send);

    /// <summary>Makes the closing lose what is on its way, so that the server sees a reset.</summary>
    public void Break()
    {
        if (_socket is { } socket)
            socket.LingerState = new LingerOption(true, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _socket?.Dispose();
        _closing.Dispose();
    }

    private Socket Open => _socket ?? throw new SocketException((int)SocketError.NotConnected);
}
