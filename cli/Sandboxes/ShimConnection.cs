using System;
using System.Net.Sockets;
using System.Threading.Tasks;
using Google.Protobuf;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Cli.Sandboxes;

/// <summary>A connection to the server of a sandbox.</summary>
internal sealed class ShimConnection : IAsyncDisposable
{
    private const string TaskService = "containerd.task.v3.Task";

    private readonly TtrpcClient _client;

    private ShimConnection(TtrpcClient client) => _client = client;

    /// <summary>How long an ordinary answer may take.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Connects.</summary>
    /// <exception cref="CliException">Nobody answers there.</exception>
    public static ShimConnection Open(SandboxEntry sandbox)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(sandbox.Socket));
            return new ShimConnection(new TtrpcClient(new NetworkStream(socket, ownsSocket: true)));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new CliException($"sandbox {sandbox.Id}: its server does not answer at {sandbox.Socket}: {e.SocketErrorCode}", e);
        }
    }

    /// <summary>Calls a method of the Task service.</summary>
    public Task<T> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, TimeSpan timeout)
        where T : IMessage<T> => _client.CallAsync(TaskService, method, request, parser, timeout);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
