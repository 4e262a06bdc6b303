using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;

namespace KataShimNet.Shim.Tracing;

/// <summary>Posts messages to a collector over HTTP/1.1, each on a connection of its own.</summary>
/// <param name="destination">The collector.</param>
internal sealed class OtlpSender(TraceDestination destination)
{
    // "HTTP/1.1 200": all of the answer that we want.
    private const int StatusLength = 12;

    /// <summary>Posts a message.</summary>
    /// <exception cref="SocketException">Nobody is there.</exception>
    /// <exception cref="IOException">The collector does not take it; the text has its answer.</exception>
    public async Task SendAsync(IMessage message, CancellationToken cancel)
    {
        var body = message.ToByteArray();
        using var socket = destination.Socket is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (destination.Socket is { } path)
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
        else
            await socket.ConnectAsync(destination.Host, destination.Port, cancel).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Head(body.Length), cancel).ConfigureAwait(false);
        await stream.WriteAsync(body, cancel).ConfigureAwait(false);
        var answer = new byte[StatusLength];
        var got = await stream.ReadAtLeastAsync(answer, StatusLength, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        var status = Encoding.Latin1.GetString(answer, 0, got);
        if (!status.StartsWith("HTTP/1.", StringComparison.Ordinal) || got < StatusLength || status[9] != '2')
            throw new IOException($"{destination} answered {(got == 0 ? "nothing" : status)}");
    }

    private byte[] Head(int length)
    {
        var host = destination.Host.Contains(':', StringComparison.Ordinal) ? $"[{destination.Host}]" : destination.Host;
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST {destination.Path} HTTP/1.1\r\nHost: {host}:{destination.Port}\r\nContent-Type: application/x-protobuf\r\n" +
            $"Content-Length: {length}\r\nConnection: close\r\n\r\n"));
    }
}
