using System;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>
/// The streams of a process, as <c>kubectl exec</c> and <c>attach</c> have them: a WebSocket to containerd's streaming server that speaks
/// v4.channel.k8s.io (Kubernetes, k8s.io/kubelet/pkg/cri/streaming/remotecommand/websocket.go): the first byte of a message is its channel.
/// </summary>
public sealed class RemoteCommand : IAsyncDisposable
{
    private const string Protocol = "v4.channel.k8s.io";
    private const byte Input = 0;
    private const byte Status = 3;
    private const byte Resize = 4;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly TestNode _node;
    private readonly ClientWebSocket _socket = new();
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _time = new(s_limit);
    private readonly StringBuilder _output = new();
    private string? _status;

    private RemoteCommand(TestNode node)
    {
        _node = node;
        _socket.Options.AddSubProtocol(Protocol);
        _invoker = StreamingServer.Invoker(node);
    }

    /// <summary>All that came from the process so far.</summary>
    public string Output => _output.ToString();

    /// <summary>Connects to the address that containerd's CRI plugin gave.</summary>
    public static async Task<RemoteCommand> ConnectAsync(TestNode node, string url)
    {
        RemoteCommand command = new(node);
        await command._socket.ConnectAsync(new UriBuilder(url) { Scheme = "ws" }.Uri, command._invoker, command._time.Token);
        return command;
    }

    /// <summary>Writes to its input.</summary>
    public Task WriteAsync(string text) => SendAsync(Input, text);

    /// <summary>Tells the size of the terminal.</summary>
    public Task ResizeAsync(int width, int height) =>
        SendAsync(Resize, string.Create(CultureInfo.InvariantCulture, $$"""{"Width":{{width}},"Height":{{height}}}"""));

    /// <summary>Reads until a text has come.</summary>
    public async Task ReadUntilAsync(string text)
    {
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(await ReceiveAsync(), $"the stream ended before '{text}' came; it was: {Output} {_status}\n--- containerd's log ---\n{_node.LogTail(40)}");
        }
    }

    /// <summary>Reads to the end and returns the exit code (metav1.Status, cause ExitCode).</summary>
    public async Task<int> EndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        Assert.NotNull(_status);
        JsonElement status = JsonDocument.Parse(_status).RootElement;
        if (status.GetProperty("status").GetString() == "Success")
        {
            return 0;
        }

        Assert.True(status.GetProperty("reason").GetString() == "NonZeroExitCode", _status);
        JsonElement cause = status.GetProperty("details").GetProperty("causes").EnumerateArray().Single(c => c.GetProperty("reason").GetString() == "ExitCode");
        return int.Parse(cause.GetProperty("message").GetString()!, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _invoker.Dispose();
        _time.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task SendAsync(byte channel, string text) =>
        _socket.SendAsync((byte[])[channel, .. Encoding.UTF8.GetBytes(text)], WebSocketMessageType.Binary, endOfMessage: true, _time.Token);

    private async Task<bool> ReceiveAsync()
    {
        byte[] buffer = new byte[64 << 10];
        int length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(buffer.AsMemory(length), _time.Token);
            length += result.Count;
        }
        while (!result.EndOfMessage);
        if (result.MessageType == WebSocketMessageType.Close)
        {
            return false;
        }

        string text = Encoding.UTF8.GetString(buffer, 1, length - 1);
        if (buffer[0] == Status)
        {
            _status = text;
        }
        else
        {
            _output.Append(text);
        }

        return true;
    }
}
