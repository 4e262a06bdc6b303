using System;
using System.Linq;
using System.Net;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using Xunit;

namespace KataShimNet.UnitTests.Linux.Netlink;

/// <summary>rtnetlink against the running kernel, in a network namespace that each test makes for itself.</summary>
public sealed class NetlinkTests : IDisposable
{
    private readonly OwnedFd _netns = NetworkNamespace.Create();
    private readonly RouteNetlink _net;

    public NetlinkTests() => _net = RouteNetlink.Open(_netns);

    public void Dispose()
    {
        _net.Dispose();
        _netns.Dispose();
    }

    [Fact]
    public void A_new_namespace_has_loopback_alone_and_down()
    {
        var lo = Assert.Single(_net.Links.List(), link => link.IsLoopback);
        Assert.False(lo.IsUp);
        Assert.DoesNotContain(_net.Links.List(), link => link.IsEthernet);
        _net.Links.SetUp(lo.Index);
        Assert.True(_net.Links.Find("lo")!.IsUp);
        Assert.Contains(_net.Addresses.List(), address => address.Address.Equals(IPAddress.Loopback) && address.Link == lo.Index);
    }

    [Fact]
    public void A_link_is_changed_in_every_way()
    {
        var link = AddVeth();
        Assert.Equal("veth", link.Kind);
        var mac = MacAddress.Random();
        _net.Links.SetMac(link.Index, mac);
        _net.Links.SetMtu(link.Index, 1400);
        _net.Links.Rename(link.Index, "net7");
        var changed = _net.Links.Find(mac)!;
        Assert.Equal((link.Index, "net7", 1400), (changed.Index, changed.Name, changed.Mtu));
        _net.Links.Delete(link.Index);
        Assert.Null(_net.Links.Find("net7"));
        Assert.Null(_net.Links.Find("b"));
    }

    [Fact]
    public void A_link_moves_to_another_namespace()
    {
        using var other = NetworkNamespace.Create();
        using var there = RouteNetlink.Open(other);
        _net.Links.Move(AddVeth().Index, other);
        Assert.Null(_net.Links.Find("a"));
        Assert.NotNull(there.Links.Find("a"));
    }

    [Fact]
    public void Addresses_of_both_families_come_and_go()
    {
        var link = Up(AddVeth());
        LinkAddress v4 = new(link.Index, IPAddress.Parse("10.1.2.3"), 24, Broadcast: IPAddress.Parse("10.1.2.255"));
        LinkAddress v6 = new(link.Index, IPAddress.Parse("fd00::3"), 64, Flags: LinuxRtnetlink.IFA_F_NODAD);
        _net.Addresses.Add(v4);
        _net.Addresses.Add(v4);
        _net.Addresses.Add(v6);
        var read4 = Assert.Single(_net.Addresses.List(), a => a.Address.Equals(v4.Address));
        Assert.Equal((24, v4.Broadcast, link.Index), (read4.PrefixLength, read4.Broadcast, read4.Link));
        var read6 = Assert.Single(_net.Addresses.List(), a => a.Address.Equals(v6.Address));
        Assert.Equal(0u, read6.Flags & LinuxRtnetlink.IFA_F_TENTATIVE);
        _net.Addresses.Delete(v4);
        Assert.DoesNotContain(_net.Addresses.List(), a => a.Address.Equals(v4.Address));
        var error = Assert.Throws<NetlinkException>(() => _net.Addresses.Delete(v4));
        Assert.Equal(Errno.EADDRNOTAVAIL, error.Errno);
    }

    [Fact]
    public void A_peer_address_is_told_from_ours()
    {
        var link = Up(AddVeth());
        _net.Addresses.Add(new LinkAddress(link.Index, IPAddress.Parse("10.9.0.1"), 32, Peer: IPAddress.Parse("10.9.0.2")));
        var read = Assert.Single(_net.Addresses.List(), a => a.Link == link.Index && a.Peer is not null);
        Assert.Equal(("10.9.0.1", "10.9.0.2"), (read.Address.ToString(), read.Peer!.ToString()));
    }

    [Fact]
    public void Routes_are_read_as_they_were_written()
    {
        var link = Up(AddVeth());
        _net.Addresses.Add(new LinkAddress(link.Index, IPAddress.Parse("10.1.2.3"), 24));
        _net.Addresses.Add(new LinkAddress(link.Index, IPAddress.Parse("fd00::3"), 64, Flags: LinuxRtnetlink.IFA_F_NODAD));
        Route[] routes =
        [
            new(LinuxRtnetlink.AF_INET, IPAddress.Parse("10.7.0.1"), 32, link.Index, null) { Scope = LinuxRtnetlink.RT_SCOPE_LINK },
            new(LinuxRtnetlink.AF_INET, null, 0, link.Index, IPAddress.Parse("10.1.2.1")) { Metric = 7 },
            new(LinuxRtnetlink.AF_INET, IPAddress.Parse("10.8.0.0"), 16, link.Index, IPAddress.Parse("169.254.1.1"))
                { Flags = LinuxRtnetlink.RTNH_F_ONLINK, Mtu = 1300, Source = IPAddress.Parse("10.1.2.3") },
            new(LinuxRtnetlink.AF_INET6, IPAddress.Parse("fd01::"), 48, link.Index, IPAddress.Parse("fd00::1")) { Metric = 1024 },
            new(LinuxRtnetlink.AF_INET, IPAddress.Parse("10.6.0.0"), 16, 0, null)
                { NextHops = [new(link.Index, IPAddress.Parse("10.1.2.5"), 1, 0), new(link.Index, IPAddress.Parse("10.1.2.6"), 3, 0)] },
        ];
        foreach (var route in routes)
        {
            _net.Routes.Add(route);
            Assert.Contains(route, _net.Routes.List());
        }

        foreach (var route in routes)
            _net.Routes.Delete(route);
        Assert.DoesNotContain(_net.Routes.List(), route => routes.Contains(route));
    }

    [Fact]
    public void A_refusal_comes_with_the_kernels_words()
    {
        var link = Up(AddVeth());
        var error = Assert.Throws<NetlinkException>(() =>
            _net.Routes.Add(new Route(LinuxRtnetlink.AF_INET, null, 0, link.Index, IPAddress.Parse("10.55.0.1"))));
        Assert.Equal(Errno.ENETUNREACH, error.Errno);
        Assert.Contains("default via 10.55.0.1", error.Message, StringComparison.Ordinal);
        Assert.Contains("gateway", error.KernelText, StringComparison.Ordinal);
    }

    [Fact]
    public void Neighbours_of_both_families()
    {
        var link = Up(AddVeth());
        var mac = MacAddress.Random();
        foreach (var address in (string[])["10.1.2.9", "fd00::9"])
        {
            Neighbour neighbour = new(link.Index, IPAddress.Parse(address), mac);
            _net.Neighbours.Add(neighbour);
            Assert.Contains(neighbour, _net.Neighbours.List());
            _net.Neighbours.Delete(neighbour);
            Assert.DoesNotContain(neighbour, _net.Neighbours.List());
        }
    }

    [Fact]
    public void Packets_are_redirected_from_link_to_link()
    {
        var (a, b) = (Up(AddVeth()), Up(_net.Links.Find("b")!));
        _net.Links.AddVeth("c", "d");
        var c = Up(_net.Links.Find("c")!);
        var d = Up(_net.Links.Find("d")!);
        _net.Traffic.AddIngress(a.Index);
        Assert.Equal(Errno.EEXIST, Assert.Throws<NetlinkException>(() => _net.Traffic.AddIngress(a.Index)).Errno);
        _net.Traffic.Redirect(a.Index, c.Index);
        Assert.Contains("ingress", _net.Traffic.Disciplines(a.Index));
        // What b sends arrives at a, which hands it to c, whose other end is d.
        var before = _net.Links.Find("d")!.Counters.RxPackets;
        _net.Addresses.Add(new LinkAddress(b.Index, IPAddress.Parse("10.3.0.1"), 24));
        _net.Neighbours.Add(new Neighbour(b.Index, IPAddress.Parse("10.3.0.2"), MacAddress.Random()));
        NetworkNamespace.Run(_netns, () =>
        {
            using var socket = new System.Net.Sockets.UdpClient();
            return socket.Send([1, 2, 3], "10.3.0.2", 9);
        });
        // On a busy machine another thread of the kernel carries them on.
        Assert.True(SpinWait.SpinUntil(() => _net.Links.Find("d")!.Counters.RxPackets > before, TimeSpan.FromSeconds(20)));
        _net.Traffic.DeleteIngress(a.Index);
        Assert.DoesNotContain("ingress", _net.Traffic.Disciplines(a.Index));
        Assert.NotEqual(d.Index, c.Index);
    }

    [Fact]
    public void Hardware_addresses_have_one_form()
    {
        Assert.True(MacAddress.TryParse("0a:58:0A:01:02:ff", out var mac));
        Assert.Equal("0a:58:0a:01:02:ff", mac.ToString());
        Assert.Equal(mac, MacAddress.From(mac.ToBytes()));
        Assert.False(MacAddress.TryParse("0a:58:0a:01:02", out _));
        Assert.False(MacAddress.TryParse("0a:58:0a:01:02:zz", out _));
        Assert.False(MacAddress.TryParse("0a-58-0a-01-02-ff", out _));
        Assert.Equal(2ul, (MacAddress.Random().Value >> 40) & 3);
    }

    private Link AddVeth()
    {
        _net.Links.AddVeth("a", "b");
        return _net.Links.Find("a")!;
    }

    private Link Up(Link link)
    {
        _net.Links.SetUp(link.Index);
        return link;
    }
}
