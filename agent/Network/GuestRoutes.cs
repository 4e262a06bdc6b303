using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using GuestRoute = KataShimNet.AgentProto.Kata.Types.Route;
using Route = KataShimNet.Linux.Netlink.Route;

namespace KataShimNet.Agent.Network;

/// <summary>The guest's routes and neighbours, as the host wants them.</summary>
/// <param name="net">The guest's network.</param>
internal sealed class GuestRoutes(RouteNetlink net)
{
    /// <summary>Replaces all routes but those that come with an address.</summary>
    /// <param name="wanted">The routes.</param>
    /// <exception cref="TtrpcException">InvalidArgument: one makes no sense. NotFound: it is over an interface that is not there.</exception>
    public void Replace(Routes wanted)
    {
        var links = net.Links.List().ToDictionary(link => link.Name, link => link.Index);
        // A route to a router has to be there before one through it.
        var routes = wanted.Routes_.Select(route => Read(route, links)).OrderBy(route => route.Gateway is not null).ToList();
        foreach (var old in Present().Where(old => !routes.Contains(old)).ToList())
            Delete(old);
        foreach (var route in routes)
            net.Routes.Add(route);
    }

    /// <summary>All routes but those of loopback.</summary>
    public Routes List()
    {
        var names = net.Links.List().Where(link => !link.IsLoopback).ToDictionary(link => link.Index, link => link.Name);
        var all = new Routes();
        foreach (var route in net.Routes.List().Where(route => names.ContainsKey(route.Link)))
        {
            all.Routes_.Add(new GuestRoute
            {
                Dest = route.IsDefault ? "" : $"{route.Destination}/{route.PrefixLength}",
                Gateway = route.Gateway?.ToString() ?? "",
                Device = names[route.Link],
                Source = route.Source?.ToString() ?? "",
                Scope = route.Scope,
                Family = route.Family == LinuxRtnetlink.AF_INET ? IPFamily.V4 : IPFamily.V6,
                Flags = route.Flags,
                Mtu = route.Mtu,
            });
        }

        return all;
    }

    /// <summary>Adds neighbours, or changes those that are there.</summary>
    /// <exception cref="TtrpcException">InvalidArgument: one makes no sense. NotFound: it is on an interface that is not there.</exception>
    public void AddNeighbours(ARPNeighbors wanted)
    {
        var links = net.Links.List().ToDictionary(link => link.Name, link => link.Index);
        foreach (var neighbour in wanted.ARPNeighbors_)
        {
            if (!MacAddress.TryParse(neighbour.Lladdr, out var mac))
                throw new TtrpcException(StatusCode.InvalidArgument, $"'{neighbour.Lladdr}' is no hardware address");
            net.Neighbours.Add(new Neighbour(
                IndexOf(neighbour.Device, links), AddressWords.Read(neighbour.ToIPAddress?.Address ?? ""), mac, (ushort)neighbour.State, (byte)neighbour.Flags));
        }
    }

    private IEnumerable<Route> Present() => net.Routes.List().Where(route =>
        route.Type == LinuxRtnetlink.RTN_UNICAST && route.Protocol is not (LinuxRtnetlink.RTPROT_KERNEL or LinuxRtnetlink.RTPROT_RA));

    private void Delete(Route route)
    {
        try
        {
            net.Routes.Delete(route);
        }
        catch (NetlinkException e) when (e.Errno is Errno.ESRCH)
        {
            // Gone together with what it led through.
        }
    }

    private static int IndexOf(string device, Dictionary<string, int> links) =>
        links.TryGetValue(device, out var index) ? index : throw new TtrpcException(StatusCode.NotFound, $"there is no interface {device}");

    private static Route Read(GuestRoute route, Dictionary<string, int> links)
    {
        var (destination, prefix) = AddressWords.ReadDestination(route.Dest);
        var gateway = route.Gateway.Length == 0 ? null : AddressWords.Read(route.Gateway);
        return new Route(route.Family == IPFamily.V4 ? LinuxRtnetlink.AF_INET : LinuxRtnetlink.AF_INET6, destination, prefix, IndexOf(route.Device, links), gateway)
        {
            Source = route.Source.Length == 0 ? null : AddressWords.Read(route.Source),
            Scope = (byte)route.Scope,
            Flags = route.Flags & LinuxRtnetlink.RTNH_F_ONLINK,
            Mtu = route.Mtu,
            // The kernel's own default, said aloud so that what is read can be compared.
            Metric = route.Family == IPFamily.V4 ? 0u : 1024u,
        };
    }
}
