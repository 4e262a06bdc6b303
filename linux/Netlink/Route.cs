using System.Collections.Generic;
using System.Linq;
using System.Net;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux.Netlink;

/// <summary>One of several ways of a route.</summary>
/// <param name="Link">Index of the link to send on.</param>
/// <param name="Gateway">Router, or null when the destination is on the link.</param>
/// <param name="Weight">1 to 256.</param>
/// <param name="Flags">RTNH_F_ bits.</param>
public sealed record NextHop(int Link, IPAddress? Gateway, int Weight, uint Flags);

/// <summary>A route.</summary>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="Destination">Network that it leads to; null for the default route.</param>
/// <param name="PrefixLength">Bits of the network.</param>
/// <param name="Link">Index of the link to send on; 0 with <c>NextHops</c>.</param>
/// <param name="Gateway">Router, or null when the destination is on the link.</param>
public sealed record Route(byte Family, IPAddress? Destination, int PrefixLength, int Link, IPAddress? Gateway)
{
    /// <summary>Source address to prefer, or null.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The smallest wins; 0 is the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>RT_SCOPE_ number.</summary>
    public byte Scope { get; init; } = LinuxRtnetlink.RT_SCOPE_UNIVERSE;

    /// <summary>RTN_ number.</summary>
    public byte Type { get; init; } = LinuxRtnetlink.RTN_UNICAST;

    /// <summary>RTPROT_ number: who made it.</summary>
    public byte Protocol { get; init; } = LinuxRtnetlink.RTPROT_STATIC;

    /// <summary>Table.</summary>
    public uint Table { get; init; } = LinuxRtnetlink.RT_TABLE_MAIN;

    /// <summary>RTNH_F_ONLINK or 0: what else the kernel has there is state, and not read.</summary>
    public uint Flags { get; init; }

    /// <summary>Largest packet on this route; 0 when it is the link's.</summary>
    public uint Mtu { get; init; }

    /// <summary>Several ways; empty for one.</summary>
    public IReadOnlyList<NextHop> NextHops { get; init; } = [];

    /// <summary>Whether it leads everywhere.</summary>
    public bool IsDefault => PrefixLength == 0;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(Destination is null ? "default" : $"{Destination}/{PrefixLength}")}{(Gateway is null ? "" : $" via {Gateway}")}";

    /// <inheritdoc/>
    public bool Equals(Route? other) =>
        other is not null && Family == other.Family && Equals(Destination, other.Destination) && PrefixLength == other.PrefixLength
        && Link == other.Link && Equals(Gateway, other.Gateway) && Equals(Source, other.Source) && Metric == other.Metric
        && Scope == other.Scope && Type == other.Type && Protocol == other.Protocol && Table == other.Table && Flags == other.Flags
        && Mtu == other.Mtu && NextHops.SequenceEqual(other.NextHops);

    /// <inheritdoc/>
    public override int GetHashCode() => System.HashCode.Combine(Family, Destination, PrefixLength, Link, Gateway, Metric, Table);
}
