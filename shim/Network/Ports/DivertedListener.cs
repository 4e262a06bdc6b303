using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;

namespace KataShimNet.Shim.Network.Ports;

/// <summary>Takes the connections to a loopback address of the pod's namespace for which nobody else listens there.</summary>
internal sealed class DivertedListener : IDisposable
{
    private const int Backlog = 256;

    // struct sockaddr_in6; sockaddr_in is shorter and has the port in the same place.
    private const int AddressSize = 28;
    private const int PortOffset = 2;

    private readonly Socket _socket;
    private LoopbackDiversion? _diversion;

    private DivertedListener(Socket socket) => _socket = socket;

    /// <summary>Begins to listen.</summary>
    /// <param name="netns">The namespace.</param>
    /// <param name="address">127.0.0.1 or ::1.</param>
    /// <exception cref="SocketException">The namespace has no such address.</exception>
    /// <exception cref="System.IO.IOException">The kernel does not divert.</exception>
    public static DivertedListener Open(OwnedFd netns, IPAddress address)
    {
        var listener = new DivertedListener(NetworkNamespace.Run(netns, () => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)));
        try
        {
            var (level, option) = address.AddressFamily == AddressFamily.InterNetwork
                ? (SysSocket.SOL_IP, SysSocket.IP_TRANSPARENT)
                : (SysSocket.SOL_IPV6, SysSocket.IPV6_TRANSPARENT);
            listener._socket.SetRawSocketOption(level, option, BitConverter.GetBytes(1));
            listener._socket.Bind(new IPEndPoint(address, 0));
            listener._socket.Listen(Backlog);
            listener._diversion = LoopbackDiversion.Begin(netns, new IPEndPoint(address, PortOf(listener._socket)));
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Waits for a connection.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The client, and the port that it called.</returns>
    public async Task<(Socket Client, int Port)> AcceptAsync(CancellationToken cancel)
    {
        var client = await _socket.AcceptAsync(cancel).ConfigureAwait(false);
        return (client, PortOf(client));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _diversion?.Dispose();
        _socket.Dispose();
    }

    // .NET takes the listener's address for that of what it accepts.
    private static unsafe int PortOf(Socket socket)
    {
        var address = stackalloc byte[AddressSize];
        uint length = AddressSize;
        LinuxException.Check(SysSocket.getsockname((int)socket.Handle, address, &length), "getsockname");
        return BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(address + PortOffset, sizeof(ushort)));
    }
}
