using System;
using System.Runtime.InteropServices;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>
/// The connections between the daemons of a node: who starts connects to all that are there, for both directions. So nobody connects later,
/// which the keeper then may not do any more, and the end of a daemon is seen as the end of its connections.
/// </summary>
internal sealed class PeerMesh : IDisposable
{
    private readonly PeerServer _server;

    private PeerMesh(PeerLinks links, PeerServer server)
    {
        Links = links;
        _server = server;
    }

    /// <summary>The daemons that we can ask.</summary>
    public PeerLinks Links { get; }

    /// <summary>Connects to the others; <see cref="Start"/> has to follow. Our socket listens already, and its name is in the table: who starts later finds it.</summary>
    /// <param name="members">The daemons of the node.</param>
    /// <param name="listener">Our socket; owned from here on.</param>
    /// <param name="links">Receives the links; owned from here on.</param>
    /// <param name="requests">Does what others ask for.</param>
    /// <param name="logger">Log.</param>
    /// <param name="socketOf">Path of another daemon's socket of this mesh, from the one that the table has; null: that one.</param>
    /// <exception cref="LinuxException">There are no descriptors left.</exception>
    public static PeerMesh Join(
        INodeMembers members, OwnedFd listener, PeerLinks links, IPeerRequests requests, ILogger logger, Func<string, string>? socketOf = null)
    {
        var mesh = new PeerMesh(links, new PeerServer(listener, links, requests, logger));
        try
        {
            foreach (var (peer, named) in members.Others())
            {
                var path = socketOf is null ? named : socketOf(named);
                if (Connect(members.Self, path, PeerDirection.ConnectorAsks) is not { } asking)
                    continue;
                links.Add(new PeerLink(peer, asking));
                if (Connect(members.Self, path, PeerDirection.AcceptorAsks) is { } answering)
                    mesh._server.Answer(answering);
            }

            return mesh;
        }
        catch
        {
            mesh.Dispose();
            throw;
        }
    }

    /// <summary>Begins to answer: a thread of its own, which has what rights the caller has by now.</summary>
    public void Start() => _server.Start();

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        Links.Dispose();
    }

    private static FdSocket? Connect(PeerId self, string path, PeerDirection direction)
    {
        if (PeerSocket.TryConnect(path) is not { } fd)
            return null;
        var socket = new FdSocket(fd);
        var hello = new PeerHello
        {
            Magic = PeerHello.ExpectedMagic,
            Version = PeerHello.ExpectedVersion,
            Direction = direction,
            Slot = self.Slot,
            Generation = self.Generation,
        };
        try
        {
            socket.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<PeerHello>(in hello)));
            return socket;
        }
        catch (LinuxException e) when (e.Errno is Errno.EPIPE or Errno.ECONNRESET)
        {
            socket.Dispose();
            return null;
        }
    }
}
