using System.Net.Sockets;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Containers;

/// <summary>Connects to our shim past containerd.</summary>
public static class ShimClient
{
    /// <summary>Connects to the shim of a sandbox.</summary>
    /// <param name="node">Where it runs.</param>
    /// <param name="containerdNamespace">containerd's namespace: <c>default</c> for ctr, <c>k8s.io</c> for pods.</param>
    /// <param name="sandbox">Id of the sandbox.</param>
    public static async Task<TtrpcClient> ConnectAsync(TestNode node, string containerdNamespace, string sandbox)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{node.Root}/run/katanet/{containerdNamespace}:{sandbox}.sock"));
        return new TtrpcClient(new NetworkStream(socket, ownsSocket: true));
    }
}
