using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Network;

/// <summary>
/// The model <c>macvtap</c>: a macvtap on the pod's link, with the link's hardware address; the link itself gets another one while the
/// machine lives, because both may not have the same.
/// </summary>
internal sealed class MacvtapAttachment : LinkAttachment
{
    private const string NodeName = "tap";

    // S_IFCHR, readable and writable by its owner.
    private const uint CharacterDevice = 0x2000 | 0x180;

    private readonly int _tap;

    private MacvtapAttachment(Link link, int tap, IReadOnlyList<OwnedFd> queues, IReadOnlyList<OwnedFd> vhosts)
        : base(link, queues, vhosts) => _tap = tap;

    /// <summary>Makes the macvtap and opens its queues.</summary>
    public static new MacvtapAttachment Create(NetworkOptions options, OwnedFd netns, RouteNetlink net, Link link)
    {
        var name = NameFor(link);
        net.Links.AddMacvtap(name, link.Index);
        var tap = net.Links.Find(name)!.Index;
        try
        {
            net.Links.SetMac(link.Index, MacAddress.Random());
            net.Links.SetMac(tap, link.Mac);
            net.Links.SetUp(tap);
            return new MacvtapAttachment(link, tap, OpenQueues(tap, options.Queues, netns), VhostNet.Open(options.Vhost, options.Queues));
        }
        catch
        {
            Remove(net, link, tap);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void SetMtu(RouteNetlink net, int mtu) => net.Links.SetMtu(_tap, mtu);

    /// <inheritdoc/>
    public override void Detach(RouteNetlink net) => Remove(net, Link, _tap);

    private static void Remove(RouteNetlink net, Link link, int tap)
    {
        try
        {
            net.Links.Delete(tap);
            net.Links.SetMac(link.Index, link.Mac);
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENODEV)
        {
            // The pod's link has gone, and taken the macvtap along.
        }
    }

    // /dev has no node of another namespace's macvtaps. Their numbers are in a sysfs of that namespace, which is mounted nowhere; the
    // node is one of a tmpfs that is mounted nowhere either.
    private static List<OwnedFd> OpenQueues(int index, int queues, OwnedFd netns) => NetworkNamespace.Run(netns, () =>
    {
        using var sysfs = Mount("sysfs");
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{sysfs.Fd}/class/macvtap/tap{index}/dev");
        var numbers = File.ReadAllText(path).Trim().Split(':').Select(n => uint.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        using var folder = Mount("tmpfs");
        MakeNode(folder, numbers[0], numbers[1]);
        var fds = new List<OwnedFd>();
        for (var i = 0; i < queues; i++)
            fds.Add(OwnedFd.FromCall(Fcntl.openat(folder.Fd, NodeName, Fcntl.O_RDWR | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, 0), "open", "macvtap"));
        return fds;
    });

    private static unsafe void MakeNode(OwnedFd folder, uint major, uint minor)
    {
        // makedev(3) for numbers of Linux.
        var number = ((ulong)major << 8) | (minor & 0xff) | ((ulong)(minor & ~0xffu) << 12);
        fixed (byte* name = "tap"u8)
            LinuxException.Check(SysStat.mknodat(folder.Fd, name, CharacterDevice, number), "mknod", "macvtap");
    }

    private static OwnedFd Mount(string type)
    {
        using var context = DetachedMount.OpenFileSystem(type);
        return DetachedMount.Mount(context, 0);
    }
}
