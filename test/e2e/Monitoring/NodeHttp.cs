using System;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;

namespace KataShimNet.EndToEndTests.Monitoring;

/// <summary>HTTP to what listens on a node's loopback: a socket belongs to the network namespace in which it was made.</summary>
internal static class NodeHttp
{
    /// <summary>A client of one port.</summary>
    public static HttpClient Open(TestNode node, int port) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            using OwnedFd netns = NetworkNamespace.Open($"/proc/{node.InitPid}/ns/net");
            Socket socket = NetworkNamespace.Run(netns, static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost/"),
        Timeout = TimeSpan.FromMinutes(2),
    };
}
