using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.AgentProto.FsdControl;

/// <summary>The shim's end of the socket on which fsd asks it to ask the guest: a thread that waits for the daemon's calls.</summary>
public sealed class GuestCallServer : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly FdSocket _socket;
    private readonly Func<IReadOnlyList<GuestFile>, Task> _refresh;

    /// <summary>Takes ownership of a connected SOCK_SEQPACKET socket, and begins.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="refresh">Has the guest ask for the sizes of files; whatever comes of it, the daemon is answered when it completes.</param>
    public GuestCallServer(OwnedFd socket, Func<IReadOnlyList<GuestFile>, Task> refresh)
    {
        _socket = new FdSocket(socket);
        _refresh = refresh;
        new Thread(Run, StackBytes) { IsBackground = true, Name = "fsd-calls" }.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Shutdown();

    private void Run()
    {
        using (_socket)
        {
            var buffer = new byte[GuestCall.MaxPacket];
            try
            {
                int length;
                while ((length = _socket.Receive(buffer)) > 0)
                {
                    if (JsonSerializer.Deserialize(buffer.AsSpan(0, length), GuestCallJson.Default.GuestCall) is { } call)
                        _ = AnswerAsync(call);
                }
            }
            catch (Exception e) when (e is LinuxException or JsonException)
            {
                // The daemon is gone, which others notice.
            }
        }
    }

    private async Task AnswerAsync(GuestCall call)
    {
        await _refresh(call.Files).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            _socket.Send(JsonSerializer.SerializeToUtf8Bytes(new GuestAnswer(call.Id), GuestCallJson.Default.GuestAnswer));
        }
        catch (Exception e) when (e is LinuxException or ObjectDisposedException)
        {
            // As above.
        }
    }
}
