using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>containerd's streaming server. It listens on the loopback device of the node, where the tests are not.</summary>
internal static class StreamingServer
{
    /// <summary>What sends requests to it.</summary>
    public static HttpMessageInvoker Invoker(TestNode node) =>
        new(new SocketsHttpHandler { ConnectCallback = (context, cancel) => DialAsync(node, context.DnsEndPoint, cancel) });

    private static async ValueTask<Stream> DialAsync(TestNode node, DnsEndPoint server, CancellationToken cancel)
    {
        using OwnedFd netns = NetworkNamespace.Open($"/proc/{node.InitPid}/ns/net");
        Socket socket = NetworkNamespace.Run(netns, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(server.Host), server.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
