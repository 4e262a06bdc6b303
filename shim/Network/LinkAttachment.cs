using System;
using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Network;

/// <summary>A link of the pod joined with something that QEMU can read and write frames from.</summary>
/// <param name="link">The pod's link.</param>
/// <param name="queues">A descriptor per queue pair.</param>
/// <param name="vhosts">A descriptor of /dev/vhost-net per queue pair, or none.</param>
internal abstract class LinkAttachment(Link link, IReadOnlyList<OwnedFd> queues, IReadOnlyList<OwnedFd> vhosts) : IDisposable
{
    /// <summary>What the names of links begin with that the shim makes.</summary>
    public const string NamePrefix = "ktap";

    /// <summary>The pod's link, as it was when it was joined.</summary>
    public Link Link => link;

    /// <summary>A descriptor per queue pair, for QEMU.</summary>
    public IReadOnlyList<OwnedFd> Queues => queues;

    /// <summary>A descriptor of /dev/vhost-net per queue pair, for QEMU; or none.</summary>
    public IReadOnlyList<OwnedFd> Vhosts => vhosts;

    /// <summary>Joins a link.</summary>
    /// <param name="options">How.</param>
    /// <param name="netns">The link's namespace.</param>
    /// <param name="net">Its network.</param>
    /// <param name="link">The link.</param>
    /// <exception cref="LinuxException">A device is missing.</exception>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public static LinkAttachment Create(NetworkOptions options, OwnedFd netns, RouteNetlink net, Link link) => options.Model switch
    {
        NetworkModel.TcFilter => TapAttachment.Create(options, netns, net, link),
        NetworkModel.Macvtap => MacvtapAttachment.Create(options, netns, net, link),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Model, "this model joins nothing"),
    };

    /// <summary>Name of the link that the shim makes for one of the pod's.</summary>
    public static string NameFor(Link link) => $"{NamePrefix}{link.Index}";

    /// <summary>Follows a change of the pod's link.</summary>
    /// <param name="net">The network.</param>
    /// <param name="mtu">Largest packet.</param>
    public abstract void SetMtu(RouteNetlink net, int mtu);

    /// <summary>Lets the pod's namespace hear the answers of name servers, beside the guest; where the model cannot, nothing changes.</summary>
    /// <param name="net">The network.</param>
    /// <exception cref="NetlinkException">The kernel refuses.</exception>
    public virtual void HearNames(RouteNetlink net)
    {
    }

    /// <summary>Takes apart what was made, as far as it is still there; the pod's link is then as it was before.</summary>
    /// <param name="net">The network.</param>
    public abstract void Detach(RouteNetlink net);

    /// <summary>Closes our descriptors, once QEMU has its own: what they stand for then ends with QEMU.</summary>
    public void Dispose()
    {
        foreach (var fd in queues)
            fd.Dispose();
        foreach (var fd in vhosts)
            fd.Dispose();
    }
}
