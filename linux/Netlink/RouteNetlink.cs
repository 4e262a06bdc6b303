using System;

namespace KataShimNet.Linux.Netlink;

/// <summary>The network of one namespace: links, addresses, routes, neighbours, traffic control (rtnetlink(7)).</summary>
public sealed class RouteNetlink : IDisposable
{
    private readonly NetlinkSocket _socket;

    private RouteNetlink(NetlinkSocket socket)
    {
        _socket = socket;
        Links = new LinkTable(socket);
        Addresses = new AddressTable(socket);
        Routes = new RouteTable(socket);
        Neighbours = new NeighbourTable(socket);
        Traffic = new TrafficControl(socket);
    }

    /// <summary>Links.</summary>
    public LinkTable Links { get; }

    /// <summary>Addresses.</summary>
    public AddressTable Addresses { get; }

    /// <summary>Routes.</summary>
    public RouteTable Routes { get; }

    /// <summary>Neighbours.</summary>
    public NeighbourTable Neighbours { get; }

    /// <summary>Traffic control.</summary>
    public TrafficControl Traffic { get; }

    /// <summary>Opens the calling thread's own network.</summary>
    public static RouteNetlink Open() => new(new NetlinkSocket());

    /// <summary>Opens the network of a namespace.</summary>
    /// <param name="netns">The namespace.</param>
    /// <exception cref="LinuxException">It cannot be entered.</exception>
    public static RouteNetlink Open(OwnedFd netns) => new(NetworkNamespace.Run(netns, static () => new NetlinkSocket()));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
