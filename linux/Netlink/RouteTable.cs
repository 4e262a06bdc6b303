using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;
using static KataShimNet.Linux.Interop.LinuxRtnetlink;

namespace KataShimNet.Linux.Netlink;

/// <summary>The routes of a network namespace.</summary>
/// <param name="socket">A socket of that namespace.</param>
public sealed class RouteTable(NetlinkSocket socket)
{
    /// <summary>The routes of one table, IPv4 and IPv6.</summary>
    /// <param name="table">The table; the main one by default.</param>
    /// <exception cref="NetlinkException">They cannot be read.</exception>
    public IReadOnlyList<Route> List(uint table = RT_TABLE_MAIN)
    {
        var routes = new List<Route>();
        foreach (var family in (byte[])[AF_INET, AF_INET6])
        {
            var known = routes.Count;
            var request = new NetlinkWriter(RTM_GETROUTE).Struct(new RouteMessage { Family = family });
            try
            {
                socket.Dump(request, "list routes", () => routes.RemoveRange(known, routes.Count - known), (type, payload) =>
                {
                    if (type == RTM_NEWROUTE && Read(payload) is { } route && route.Table == table)
                        routes.Add(route);
                });
            }
            catch (NetlinkException e) when (family == AF_INET6 && e.Errno is Errno.EOPNOTSUPP or Errno.ENOENT)
            {
                // A kernel without IPv6.
            }
        }

        return routes;
    }

    /// <summary>Adds a route, or changes the one with the same destination and metric.</summary>
    /// <exception cref="NetlinkException">ENETUNREACH for a router that no route leads to, EINVAL for a destination with bits behind its prefix.</exception>
    public void Add(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        // IPv6 takes a second one of the same key as another way: replacing keeps it at one.
        socket.Execute(Write(RTM_NEWROUTE, LinuxNetlink.NLM_F_CREATE | LinuxNetlink.NLM_F_REPLACE, route), $"add route {route}");
    }

    /// <summary>Deletes a route.</summary>
    /// <exception cref="NetlinkException">ESRCH: there is none such.</exception>
    public void Delete(Route route)
    {
        ArgumentNullException.ThrowIfNull(route);
        socket.Execute(Write(RTM_DELROUTE, 0, route), $"delete route {route}");
    }

    private static NetlinkWriter Write(ushort type, ushort flags, Route route)
    {
        var request = new NetlinkWriter(type, flags).Struct(new RouteMessage
        {
            Family = route.Family,
            DestinationLength = checked((byte)route.PrefixLength),
            Table = route.Table < 256 ? (byte)route.Table : (byte)0,
            Protocol = route.Protocol,
            Scope = route.Scope,
            Type = route.Type,
            Flags = route.Flags & RTNH_F_ONLINK,
        });
        request.Number(RTA_TABLE, route.Table);
        if (route.Destination is { } destination)
            request.Address(RTA_DST, destination);
        if (route.Link != 0)
            request.Number(RTA_OIF, (uint)route.Link);
        if (route.Gateway is { } gateway)
            WriteGateway(request, route.Family, gateway);
        if (route.Source is { } source)
            request.Address(RTA_PREFSRC, source);
        if (route.Metric != 0)
            request.Number(RTA_PRIORITY, route.Metric);
        if (route.Mtu != 0)
            request.Nested(RTA_METRICS, metrics => metrics.Number(RTAX_MTU, route.Mtu));
        if (route.NextHops.Count > 0)
            request.Bytes(RTA_MULTIPATH, WriteNextHops(route));
        return request;
    }

    private static void WriteGateway(NetlinkWriter request, byte family, IPAddress gateway)
    {
        if (AddressTable.FamilyOf(gateway) == family)
            request.Address(RTA_GATEWAY, gateway);
        else
            request.Bytes(RTA_VIA, [AddressTable.FamilyOf(gateway), 0, .. gateway.GetAddressBytes()]);
    }

    private static byte[] WriteNextHops(Route route)
    {
        var all = new List<byte>();
        foreach (var hop in route.NextHops)
        {
            var attribute = new NetlinkWriter(0);
            if (hop.Gateway is { } gateway)
                WriteGateway(attribute, route.Family, gateway);
            var bytes = attribute.Finish(0, 0)[NetlinkHeader.TotalSize..];
            var head = new NextHopMessage
            {
                Length = (ushort)(NextHopMessage.TotalSize + bytes.Length),
                Flags = (byte)(hop.Flags & RTNH_F_ONLINK),
                Hops = (byte)(hop.Weight - 1),
                Index = hop.Link,
            };
            all.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<NextHopMessage>(in head)));
            all.AddRange(bytes);
        }

        return [.. all];
    }

    private static Route? Read(ReadOnlySpan<byte> payload)
    {
        if (!MemoryMarshal.TryRead(payload, out RouteMessage message))
            return null;
        var route = new Route(message.Family, null, message.DestinationLength, 0, null)
        {
            Scope = message.Scope,
            Type = message.Type,
            Protocol = message.Protocol,
            Table = message.Table,
            Flags = message.Flags & RTNH_F_ONLINK,
        };
        var attributes = new NetlinkAttributes(payload[RouteMessage.TotalSize..]);
        while (attributes.Next())
        {
            route = attributes.Type switch
            {
                RTA_DST => route with { Destination = attributes.AsAddress() },
                RTA_OIF => route with { Link = (int)attributes.AsNumber() },
                RTA_GATEWAY => route with { Gateway = attributes.AsAddress() },
                RTA_VIA => route with { Gateway = ReadVia(attributes.Value) },
                RTA_PREFSRC => route with { Source = attributes.AsAddress() },
                RTA_PRIORITY => route with { Metric = attributes.AsNumber() },
                RTA_TABLE => route with { Table = attributes.AsNumber() },
                RTA_METRICS => route with { Mtu = ReadMtu(attributes.Value) },
                RTA_MULTIPATH => route with { NextHops = ReadNextHops(attributes.Value) },
                _ => route,
            };
        }

        return route;
    }

    private static IPAddress? ReadVia(ReadOnlySpan<byte> via) => via.Length is 6 or 18 ? new IPAddress(via[2..]) : null;

    private static uint ReadMtu(ReadOnlySpan<byte> metrics)
    {
        var attributes = new NetlinkAttributes(metrics);
        while (attributes.Next())
        {
            if (attributes.Type == RTAX_MTU)
                return attributes.AsNumber();
        }

        return 0;
    }

    private static List<NextHop> ReadNextHops(ReadOnlySpan<byte> rest)
    {
        var hops = new List<NextHop>();
        while (MemoryMarshal.TryRead(rest, out NextHopMessage message) && message.Length >= NextHopMessage.TotalSize && message.Length <= rest.Length)
        {
            IPAddress? gateway = null;
            var attributes = new NetlinkAttributes(rest[NextHopMessage.TotalSize..message.Length]);
            while (attributes.Next())
            {
                if (attributes.Type == RTA_GATEWAY)
                    gateway = attributes.AsAddress();
                else if (attributes.Type == RTA_VIA)
                    gateway = ReadVia(attributes.Value);
            }

            hops.Add(new NextHop(message.Index, gateway, message.Hops + 1, message.Flags & RTNH_F_ONLINK));
            rest = rest[Math.Min(rest.Length, (message.Length + 3) & ~3)..];
        }

        return hops;
    }
}
