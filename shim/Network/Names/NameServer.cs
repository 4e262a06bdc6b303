using System;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Network.Names;

/// <summary>A name server that is reached from the pod's network namespace only (RFC 1035, 4.2).</summary>
/// <param name="netns">The namespace.</param>
/// <param name="address">The server.</param>
internal sealed class NameServer(OwnedFd netns, IPAddress address)
{
    // The header, then the question; RFC 1035, 4.1.1.
    private const int HeaderSize = 12;
    private const byte IsResponse = 0x80;
    private const byte CodeMask = 0x0f;
    private const byte ServerFailure = 2;

    private readonly IPEndPoint _server = new(address, 53);

    /// <summary>Asks it.</summary>
    /// <param name="query">The query.</param>
    /// <param name="stream">By TCP; otherwise by UDP.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="System.IO.IOException">It hung up.</exception>
    public async Task<ReadOnlyMemory<byte>> AskAsync(ReadOnlyMemory<byte> query, bool stream, CancellationToken cancel)
    {
        using var socket = NetworkNamespace.Run(netns, () => stream
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        // A connected datagram socket hears of nobody else's answers, and of a port where nobody is.
        await socket.ConnectAsync(_server, cancel).ConfigureAwait(false);
        return stream ? await OverStreamAsync(socket, query, cancel).ConfigureAwait(false) : await OverDatagramsAsync(socket, query, cancel).ConfigureAwait(false);
    }

    /// <summary>The answer that says that there is no answer.</summary>
    /// <param name="query">The query.</param>
    /// <returns>Empty when the query is none.</returns>
    public static ReadOnlyMemory<byte> Failure(ReadOnlySpan<byte> query)
    {
        if (query.Length < HeaderSize)
            return default;
        var answer = query.ToArray();
        answer[2] |= IsResponse;
        answer[3] = (byte)((answer[3] & ~CodeMask) | ServerFailure);
        return answer;
    }

    private static async Task<ReadOnlyMemory<byte>> OverDatagramsAsync(Socket socket, ReadOnlyMemory<byte> query, CancellationToken cancel)
    {
        await socket.SendAsync(query, cancel).ConfigureAwait(false);
        var answer = new byte[ushort.MaxValue];
        return answer.AsMemory(0, await socket.ReceiveAsync(answer, cancel).ConfigureAwait(false));
    }

    private static async Task<ReadOnlyMemory<byte>> OverStreamAsync(Socket socket, ReadOnlyMemory<byte> query, CancellationToken cancel)
    {
        using var connection = new NetworkStream(socket);
        var message = new byte[sizeof(ushort) + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)query.Length);
        query.CopyTo(message.AsMemory(sizeof(ushort)));
        await connection.WriteAsync(message, cancel).ConfigureAwait(false);
        await connection.ReadExactlyAsync(message.AsMemory(0, sizeof(ushort)), cancel).ConfigureAwait(false);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(message)];
        await connection.ReadExactlyAsync(answer, cancel).ConfigureAwait(false);
        return answer;
    }
}
