using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.AgentProto.Ttrpc.Wire;
using KataShimNet.GrpcDoor;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.GrpcDoor;

/// <summary>A call by gRPC reaches the shim with the trace that it belongs to, and with nothing else of its headers.</summary>
public sealed class TraceForwardingTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public async Task TheTraceOfACallGoesOnToTheShim()
    {
        using var end = new CancellationTokenSource();
        var seen = new Seen();
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
        var table = new TtrpcServiceTable().Add(TaskMethods.Service, "Connect", ConnectRequest.Parser, (_, _) => Task.FromResult(new ConnectResponse { Version = "shim" }));
        Task serving = new TtrpcServer(table, NullLogger.Instance, seen).ServeAsync(Stream(theirs), end.Token);
        string path = Path.Combine(Path.GetTempPath(), $"katanet-door-{Guid.NewGuid():N}.sock");
        try
        {
            var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            await using var shim = new TtrpcClient(Stream(ours));
            await using var door = Program.Build((ulong)listener.SafeHandle.DangerousGetHandle(), shim);
            await door.StartAsync(end.Token);
            // Kestrel owns the descriptor from here on.
            listener.SafeHandle.SetHandleAsInvalid();

            Assert.Equal(HttpStatusCode.OK, await CallAsync(path, ("traceparent", Parent), ("tracestate", "a=b"), ("x-other", "secret")));
            Assert.Equal([("traceparent", Parent), ("tracestate", "a=b")], await seen.NextAsync());
            Assert.Equal(HttpStatusCode.OK, await CallAsync(path));
            Assert.Empty(await seen.NextAsync());
        }
        finally
        {
            await end.CancelAsync();
            await serving;
            File.Delete(path);
        }
    }

    private static async Task<HttpStatusCode> CallAsync(string path, params (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);
        // An empty message: not compressed, no bytes.
        using var message = new ByteArrayContent(new byte[5]);
        message.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://door/{TaskMethods.Service}/Connect")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = message,
        };
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        using HttpResponseMessage response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
        return response.StatusCode;
    }

    private static NetworkStream Stream(OwnedFd fd) => new(new Socket(new SafeSocketHandle(fd.Release(), ownsHandle: true)), ownsSocket: true);

    private sealed class Seen : ITtrpcObserver
    {
        private readonly Channel<(string, string)[]> _requests = Channel.CreateUnbounded<(string, string)[]>();

        public ITtrpcObservation? Begin(Request request)
        {
            _requests.Writer.TryWrite([.. request.Metadata.Select(pair => (pair.Key, pair.Value))]);
            return null;
        }

        public async Task<(string, string)[]> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
