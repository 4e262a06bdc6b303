using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Sandboxes;

/// <summary>A connection to the server of a sandbox.</summary>
public sealed class ShimConnection : IAsyncDisposable
{
    private readonly TtrpcClient _client;

    private ShimConnection(TtrpcClient client) => _client = client;

    /// <summary>How long an ordinary answer may take.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Connects.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SandboxException">Nobody answers there.</exception>
    public static Task<ShimConnection> OpenAsync(SandboxEntry sandbox, CancellationToken cancel = default) => OpenAsync(sandbox.Id, sandbox.Socket, cancel);

    /// <summary>Connects.</summary>
    /// <param name="folder">The sandbox.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="SandboxException">Nobody answers there.</exception>
    public static Task<ShimConnection> OpenAsync(SandboxFolder folder, CancellationToken cancel = default) => OpenAsync(folder.Id, folder.Socket, cancel);

    /// <summary>Calls a method of one of its services.</summary>
    /// <param name="service">Full name of the service.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="request">The request.</param>
    /// <param name="parser">Parser of the answer.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<T> CallAsync<T>(string service, string method, IMessage request, MessageParser<T> parser, TimeSpan timeout, CancellationToken cancel)
        where T : IMessage<T> => _client.CallAsync(service, method, request, parser, timeout, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static async Task<ShimConnection> OpenAsync(string id, string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new ShimConnection(new TtrpcClient(new NetworkStream(socket, ownsSocket: true)));
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException refused)
                throw new SandboxException(SandboxProblem.Unreachable, $"sandbox {id}: its server does not answer at {path}: {refused.SocketErrorCode}", e);
            throw;
        }
    }
}
