using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using Microsoft.Extensions.Logging;
using GuestAddress = KataShimNet.AgentProto.Kata.Types.IPAddress;
using GuestRoute = KataShimNet.AgentProto.Kata.Types.Route;
using IPAddress = System.Net.IPAddress;
using Route = KataShimNet.Linux.Netlink.Route;

namespace KataShimNet.Shim.Network;

/// <summary>The pod's network in the words of the agent's calls.</summary>
internal static class GuestMessages
{
    /// <summary>An interface.</summary>
    /// <param name="link">The pod's link.</param>
    /// <param name="pciPath">Where the guest finds the device.</param>
    public static Interface ToInterface(PodLink link, string pciPath) => new()
    {
        Device = link.Link.Name,
        Name = link.Link.Name,
        HwAddr = link.Link.Mac.ToString(),
        Mtu = (ulong)link.Link.Mtu,
        DevicePath = pciPath,
        Type = link.Link.Kind,
        RawFlags = link.Link.Flags & LinuxIf.IFF_NOARP,
        IPAddresses = { link.Addresses.Select(a => ToAddress(a.Address, a.PrefixLength.ToString(CultureInfo.InvariantCulture))) },
    };

    /// <summary>
    /// The routes over links that the guest has. The agent's calls know neither metrics nor several ways: of the routes to one destination
    /// the one with the smallest metric goes along, and of several ways the first.
    /// </summary>
    /// <param name="routes">The pod's routes.</param>
    /// <param name="names">Names of the guest's links, by index.</param>
    /// <param name="log">Hears of what is left out.</param>
    public static Routes ToRoutes(IEnumerable<Route> routes, IReadOnlyDictionary<int, string> names, ILogger log)
    {
        var all = new Routes();
        var known = new HashSet<(byte, string, int)>();
        foreach (var route in routes.Select(FirstWay).OrderBy(r => r.Metric))
        {
            if (!names.TryGetValue(route.Link, out var name))
                continue;
            if (known.Add((route.Family, route.Destination?.ToString() ?? "", route.PrefixLength)))
                all.Routes_.Add(ToRoute(route, name));
            else
                NetworkLog.RouteLeftOut(log, route.ToString(), "there is one with a smaller metric");
        }

        return all;
    }

    /// <summary>The neighbours on links that the guest has.</summary>
    /// <param name="neighbours">The pod's neighbours.</param>
    /// <param name="names">Names of the guest's links, by index.</param>
    public static ARPNeighbors ToNeighbours(IEnumerable<Neighbour> neighbours, IReadOnlyDictionary<int, string> names)
    {
        var all = new ARPNeighbors();
        foreach (var neighbour in neighbours.Where(n => names.ContainsKey(n.Link)))
        {
            all.ARPNeighbors_.Add(new ARPNeighbor
            {
                ToIPAddress = ToAddress(neighbour.Address, ""),
                Device = names[neighbour.Link],
                Lladdr = neighbour.Mac.ToString(),
                State = neighbour.State,
                Flags = neighbour.Flags,
            });
        }

        return all;
    }

    private static Route FirstWay(Route route) =>
        route.NextHops.Count == 0 ? route : route with { Link = route.NextHops[0].Link, Gateway = route.NextHops[0].Gateway, NextHops = [] };

    private static GuestRoute ToRoute(Route route, string device) => new()
    {
        Dest = route.IsDefault ? "" : $"{route.Destination}/{route.PrefixLength}",
        Gateway = route.Gateway?.ToString() ?? "",
        Device = device,
        Source = route.Source?.ToString() ?? "",
        Scope = route.Scope,
        Family = route.Family == LinuxRtnetlink.AF_INET ? IPFamily.V4 : IPFamily.V6,
        Flags = route.Flags,
        Mtu = route.Mtu,
    };

    private static GuestAddress ToAddress(IPAddress address, string mask) => new()
    {
        Family = address.AddressFamily == AddressFamily.InterNetwork ? IPFamily.V4 : IPFamily.V6,
        Address = address.ToString(),
        Mask = mask,
    };
}
