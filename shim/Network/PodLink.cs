using System.Collections.Generic;
using System.Linq;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;

namespace KataShimNet.Shim.Network;

/// <summary>A link of the pod with its addresses.</summary>
/// <param name="Link">The link.</param>
/// <param name="Addresses">Its addresses but for those that the guest makes itself.</param>
internal sealed record PodLink(Link Link, IReadOnlyList<LinkAddress> Addresses);

/// <summary>The pod's network as it is at one moment.</summary>
/// <param name="Links">Links that are to be in the guest: Ethernet, up, of no bridge, and not the shim's own.</param>
/// <param name="Routes">Routes that somebody set; those that come with an address are left out, since the guest makes them too.</param>
/// <param name="Neighbours">Neighbours that somebody set for ever.</param>
internal sealed record PodView(IReadOnlyList<PodLink> Links, IReadOnlyList<Route> Routes, IReadOnlyList<Neighbour> Neighbours)
{
    /// <summary>Looks at a namespace.</summary>
    /// <param name="net">Its network.</param>
    /// <exception cref="NetlinkException">It cannot be read.</exception>
    public static PodView Read(RouteNetlink net)
    {
        var addresses = net.Addresses.List().Where(IsWanted).ToLookup(address => address.Link);
        var links = net.Links.List().Where(IsPods).Select(link => new PodLink(link, [.. addresses[link.Index]])).ToList();
        return new PodView(
            links,
            [.. net.Routes.List().Where(r => r.Type == LinuxRtnetlink.RTN_UNICAST && r.Protocol != LinuxRtnetlink.RTPROT_KERNEL)],
            [.. net.Neighbours.List().Where(n => (n.State & LinuxRtnetlink.NUD_PERMANENT) != 0)]);
    }

    private static bool IsPods(Link link) =>
        link.IsEthernet && link.IsUp && link.Master == 0 && link.Mac.Value != 0
        && !link.Name.StartsWith(LinkAttachment.NamePrefix, System.StringComparison.Ordinal);

    // The guest has the same hardware address, and makes the same link-local address of it.
    private static bool IsWanted(LinkAddress address) =>
        !address.Address.IsIPv6LinkLocal && (address.Flags & LinuxRtnetlink.IFA_F_DADFAILED) == 0;
}
