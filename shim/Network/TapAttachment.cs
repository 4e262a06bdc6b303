using System.Collections.Generic;
using KataShimNet.Linux;
using KataShimNet.Linux.Netlink;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Network;

/// <summary>
/// The model <c>tcfilter</c>: a tap beside the pod's link, and traffic control that hands what comes in on either to the other. The pod's
/// link keeps its addresses, but the host's stack sees none of its packets.
/// </summary>
internal sealed class TapAttachment : LinkAttachment
{
    private readonly int _tap;

    private TapAttachment(Link link, int tap, IReadOnlyList<OwnedFd> queues, IReadOnlyList<OwnedFd> vhosts)
        : base(link, queues, vhosts) => _tap = tap;

    /// <summary>Makes the tap and the redirects.</summary>
    public static new TapAttachment Create(NetworkOptions options, OwnedFd netns, RouteNetlink net, Link link)
    {
        var name = NameFor(link);
        var queues = TapDevice.Create(name, options.Queues, netns);
        var attachment = new TapAttachment(link, net.Links.Find(name)!.Index, queues, VhostNet.Open(options.Vhost, options.Queues));
        try
        {
            net.Links.SetMtu(attachment._tap, link.Mtu);
            net.Links.SetUp(attachment._tap);
            net.Traffic.AddIngress(attachment._tap);
            AddIngress(net, link);
            net.Traffic.Redirect(attachment._tap, link.Index);
            net.Traffic.Redirect(link.Index, attachment._tap);
            return attachment;
        }
        catch
        {
            attachment.Detach(net);
            attachment.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void SetMtu(RouteNetlink net, int mtu) => net.Links.SetMtu(_tap, mtu);

    /// <inheritdoc/>
    public override void HearNames(RouteNetlink net) => net.Traffic.HearNames(Link.Index, _tap);

    /// <inheritdoc/>
    public override void Detach(RouteNetlink net) => RemoveIngress(net, Link);

    // What is there is left of a shim that was killed: the tap that it leads to is gone.
    private static void AddIngress(RouteNetlink net, Link link)
    {
        try
        {
            net.Traffic.AddIngress(link.Index);
        }
        catch (NetlinkException e) when (e.Errno == Errno.EEXIST)
        {
            net.Traffic.DeleteIngress(link.Index);
            net.Traffic.AddIngress(link.Index);
        }
    }

    /// <summary>Takes the redirect of a pod's link away, if there is one and the link is still there.</summary>
    public static void RemoveIngress(RouteNetlink net, Link link)
    {
        try
        {
            net.Traffic.DeleteIngress(link.Index);
        }
        catch (NetlinkException e) when (e.Errno is Errno.ENODEV or Errno.ENOENT or Errno.EINVAL)
        {
        }
    }
}
