using System;
using System.Buffers.Binary;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Agent.Names;

/// <summary>Takes name queries at an address of the guest (RFC 1035, 4.2): a datagram is one, a stream has the length of each before it.</summary>
internal sealed class NameListener : IDisposable
{
    private const int Port = 53;
    private const int LongestMessage = ushort.MaxValue;
    private const int MostConnections = 16;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(20);

    private readonly NameQueries _queries;
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _streams = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim _connections = new(MostConnections, MostConnections);

    /// <summary>Begins to listen.</summary>
    /// <param name="address">The address.</param>
    /// <param name="queries">Who answers.</param>
    /// <exception cref="SocketException">Somebody else listens there, or it is no address of the guest.</exception>
    public NameListener(IPAddress address, NameQueries queries)
    {
        _queries = queries;
        try
        {
            var server = new IPEndPoint(address, Port);
            _datagrams.Bind(server);
            _streams.Bind(server);
            _streams.Listen(MostConnections);
        }
        catch
        {
            Dispose();
            throw;
        }

        _ = Task.Run(TakeDatagramsAsync);
        _ = Task.Run(TakeStreamsAsync);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _datagrams.Dispose();
        _streams.Dispose();
        _connections.Dispose();
    }

    private async Task TakeDatagramsAsync()
    {
        var buffer = new byte[LongestMessage];
        var anybody = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var received = await _datagrams.ReceiveFromAsync(buffer, anybody).ConfigureAwait(false);
                _ = AnswerDatagramAsync(buffer[..received.ReceivedBytes], received.RemoteEndPoint);
            }
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private async Task AnswerDatagramAsync(byte[] query, EndPoint from)
    {
        try
        {
            var answer = await _queries.AskAsync(query, stream: false).ConfigureAwait(false);
            if (!answer.IsEmpty)
                await _datagrams.SendToAsync(answer, from).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
    }

    private async Task TakeStreamsAsync()
    {
        try
        {
            while (true)
            {
                await _connections.WaitAsync().ConfigureAwait(false);
                _ = ServeAsync(await _streams.AcceptAsync().ConfigureAwait(false));
            }
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            using var stream = new NetworkStream(connection, ownsSocket: true);
            using var idle = new CancellationTokenSource();
            var length = new byte[sizeof(ushort)];
            while (true)
            {
                idle.CancelAfter(s_idle);
                await stream.ReadExactlyAsync(length, idle.Token).ConfigureAwait(false);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, idle.Token).ConfigureAwait(false);
                var answer = await _queries.AskAsync(query, stream: true).ConfigureAwait(false);
                if (answer.IsEmpty || answer.Length > LongestMessage)
                    return;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync(length, idle.Token).ConfigureAwait(false);
                await stream.WriteAsync(answer, idle.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It was closed, or nothing more came.
        }
        finally
        {
            _connections.Release();
        }
    }
}
