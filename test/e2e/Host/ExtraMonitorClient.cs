using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>Asks a sandbox's QEMU on the monitor that <c>hypervisor.extra_monitor_socket: qmp</c> opens.</summary>
public sealed class ExtraMonitorClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private ExtraMonitorClient(NetworkStream stream) => (_stream, _reader) = (stream, new StreamReader(stream));

    /// <summary>Connects, and does what QMP wants done first.</summary>
    /// <param name="node">The node.</param>
    /// <param name="id">The sandbox, in containerd's namespace <c>default</c>.</param>
    public static async Task<ExtraMonitorClient> ConnectAsync(TestNode node, string id)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{node.Root}/run/katanet/default:{id}/extra-monitor.sock"));
        ExtraMonitorClient client = new(new NetworkStream(socket, ownsSocket: true));
        await client._reader.ReadLineAsync();
        await client.AskAsync("qmp_capabilities");
        return client;
    }

    /// <summary>Executes a command, and gives what it returns.</summary>
    public async Task<JsonElement> AskAsync(string command, object? arguments = null)
    {
        await _stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { execute = command, arguments = arguments ?? new { } }));
        while (true)
        {
            JsonElement answer = JsonDocument.Parse(await _reader.ReadLineAsync() ?? throw new IOException("QEMU has gone")).RootElement;
            if (answer.TryGetProperty("return", out JsonElement value))
                return value;
            if (answer.TryGetProperty("error", out JsonElement error))
                throw new InvalidOperationException($"{command}: {error}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }
}
