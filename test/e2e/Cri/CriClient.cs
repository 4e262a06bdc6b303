using System;
using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading.Tasks;
using Grpc.Core;
using Grpc.Net.Client;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>containerd's CRI plugin on a node, asked over its socket as a kubelet asks it.</summary>
public sealed class CriClient : IDisposable
{
    // A pod's start without KVM, with twenty others, stays far below it.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly GrpcChannel _channel;

    private CriClient(string socket)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancel) => await ConnectAsync(socket, cancel),
        };
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = 64 << 20 });
        Runtime = new RuntimeService.RuntimeServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
    }

    /// <summary>Pods and containers.</summary>
    public RuntimeService.RuntimeServiceClient Runtime { get; }

    /// <summary>Images.</summary>
    public ImageService.ImageServiceClient Images { get; }

    /// <summary>A time from now until which a call may take.</summary>
    public static DateTime Deadline => DateTime.UtcNow + s_limit;

    /// <summary>A client of a node's containerd. It connects when it is used, and again after containerd was restarted.</summary>
    public static CriClient Connect(TestNode node) => new($"{node.Root}/run/containerd/containerd.sock");

    /// <summary>Waits until the CRI plugin answers: after a start it does so later than containerd itself.</summary>
    /// <param name="node">Whose log a failure shows.</param>
    public Task WaitAsync(TestNode node) => Waiting.UntilAsync("the CRI plugin answers", TimeSpan.FromSeconds(60), AnswersAsync, () => node.LogTail());

    /// <summary>Calls, and fails the test with the status of the answer and containerd's log where the call fails.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="node">Whose log it is.</param>
    /// <param name="call">The call.</param>
    public static async Task<T> CallAsync<T>(TestNode node, AsyncUnaryCall<T> call)
    {
        try
        {
            return await call;
        }
        catch (RpcException error)
        {
            Assert.Fail($"{typeof(T).Name}: {error.StatusCode}: {error.Status.Detail}\n--- containerd's log ---\n{node.LogTail(40)}");
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await Runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), deadline: Deadline);
            return true;
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable || error.Status.Detail.Contains("not initialized", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static async Task<Stream> ConnectAsync(string path, System.Threading.CancellationToken cancel)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
