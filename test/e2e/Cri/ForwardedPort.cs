using System;
using System.IO;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>
/// One connection to a port of a pod, as <c>kubectl port-forward</c> has it: a WebSocket to containerd's streaming server that speaks
/// v4.channel.k8s.io (Kubernetes, k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go): channel 0 has the data, channel 1 the error, and
/// the first message of each is the port.
/// </summary>
public sealed class ForwardedPort : IAsyncDisposable
{
    private const byte Data = 0;
    private const int PortSize = 2;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    private readonly ClientWebSocket _socket = new();
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _time = new(s_limit);
    private readonly StringBuilder _error = new();
    private readonly int[] _toSkip = [PortSize, PortSize];

    private ForwardedPort(TestNode node)
    {
        _socket.Options.AddSubProtocol("v4.channel.k8s.io");
        _invoker = StreamingServer.Invoker(node);
    }

    /// <summary>What containerd said of the connection's failure; empty when it said nothing.</summary>
    public string Error => _error.ToString();

    /// <summary>Connects to the address that containerd's CRI plugin gave.</summary>
    public static async Task<ForwardedPort> ConnectAsync(TestNode node, string url)
    {
        ForwardedPort port = new(node);
        await port._socket.ConnectAsync(new UriBuilder(url) { Scheme = "ws" }.Uri, port._invoker, port._time.Token);
        return port;
    }

    /// <summary>Sends bytes.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        byte[] message = new byte[1 + (16 << 10)];
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, message.Length - 1);
            message[0] = Data;
            bytes[..count].CopyTo(message.AsMemory(1));
            await _socket.SendAsync(message.AsMemory(0, 1 + count), WebSocketMessageType.Binary, endOfMessage: true, _time.Token);
            bytes = bytes[count..];
        }
    }

    /// <summary>Reads so many bytes, or up to the end.</summary>
    public async Task<byte[]> ReadAsync(int most = int.MaxValue)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[64 << 10];
        while (all.Length < most && await ReceiveAsync(buffer) is int count and > 0)
        {
            int channel = buffer[0];
            int skip = Math.Min(_toSkip[channel], count - 1);
            _toSkip[channel] -= skip;
            if (channel == Data)
            {
                all.Write(buffer, 1 + skip, count - 1 - skip);
            }
            else
            {
                _error.Append(Encoding.UTF8.GetString(buffer, 1 + skip, count - 1 - skip));
            }
        }

        return all.ToArray();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _invoker.Dispose();
        _time.Dispose();
        return ValueTask.CompletedTask;
    }

    // One message; 0 at the end, which containerd does not always announce.
    private async Task<int> ReceiveAsync(byte[] buffer)
    {
        try
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await _socket.ReceiveAsync(buffer.AsMemory(length), _time.Token);
                length += result.Count;
            }
            while (!result.EndOfMessage);
            return result.MessageType == WebSocketMessageType.Close ? 0 : length;
        }
        catch (WebSocketException error) when (error.WebSocketErrorCode == WebSocketError.ConnectionClosedPrematurely)
        {
            return 0;
        }
    }
}
