using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.TestGuest.Machines;

/// <summary>A connection to QEMU's monitor (QMP, docs/interop/qmp-spec.rst): one command at a time; events are passed over.</summary>
public sealed class QmpConnection : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private QmpConnection(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream, Encoding.UTF8);
    }

    /// <summary>Takes ownership of a connected socket and leaves the state in which QEMU takes no commands.</summary>
    /// <exception cref="GuestException">QEMU did not answer.</exception>
    internal static async Task<QmpConnection> OpenAsync(Socket socket)
    {
        var connection = new QmpConnection(socket);
        await connection.RunAsync("qmp_capabilities").ConfigureAwait(false);
        return connection;
    }

    /// <summary>Runs a command without arguments.</summary>
    /// <param name="command">Such as <c>stop</c>, <c>cont</c> and <c>system_reset</c>.</param>
    /// <exception cref="GuestException">QEMU refused it, or is gone.</exception>
    public async Task RunAsync(string command)
    {
        using var cancel = new CancellationTokenSource(s_limit);
        await _stream.WriteAsync(Encoding.UTF8.GetBytes($"{{\"execute\":\"{command}\"}}\n"), cancel.Token).ConfigureAwait(false);
        while (await _reader.ReadLineAsync(cancel.Token).ConfigureAwait(false) is { } line)
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.TryGetProperty("error", out var error))
                throw new GuestException($"QEMU refuses {command}: {error}");
            if (message.RootElement.TryGetProperty("return", out _))
                return;
        }

        throw new GuestException($"QEMU ended at {command}");
    }

    /// <summary>Hangs up.</summary>
    public void Dispose() => _reader.Dispose();
}
