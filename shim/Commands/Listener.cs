using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Commands;

/// <summary>Accepts connections on a socket that listens already, and serves each.</summary>
/// <param name="listening">The socket; owned from here on.</param>
/// <param name="server">Serves the connections.</param>
/// <param name="log">Gets a line for what goes wrong.</param>
internal sealed partial class Listener(OwnedFd listening, TtrpcServer server, ILogger log)
{
    /// <summary>Runs until it is cancelled.</summary>
    /// <param name="cancel">Ends it, and the connections.</param>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var socket = new Socket(new SafeSocketHandle(listening.Release(), ownsHandle: true));
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var connection = await socket.AcceptAsync(cancel).ConfigureAwait(false);
                _ = server.ServeAsync(new NetworkStream(connection, ownsSocket: true), cancel);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException e)
            {
                // Such as a client that has gone before it was accepted.
                LogAcceptFailed(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a connection could not be accepted: {reason}")]
    private static partial void LogAcceptFailed(ILogger log, string reason);
}
