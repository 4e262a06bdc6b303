using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Kata.Types;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux.Interop;
using KataShimNet.Linux.Netlink;
using IPAddress = System.Net.IPAddress;

namespace KataShimNet.Agent.Network;

/// <summary>The guest's interfaces, as the host wants them.</summary>
/// <param name="net">The guest's network.</param>
/// <param name="devices">Tells when an interface has appeared.</param>
internal sealed class InterfaceTable(RouteNetlink net, GuestDevices devices)
{
    // Emulated and under load a device may take seconds from the host's call until its driver has made an interface of it.
    private static readonly TimeSpan s_appearance = TimeSpan.FromSeconds(30);

    /// <summary>The Ethernet interfaces.</summary>
    private IEnumerable<Link> Ethernet => net.Links.List().Where(link => link.IsEthernet);

    /// <summary>Finds an interface by its hardware address, waiting until it is there, and makes it what is wanted. It is up afterwards.</summary>
    /// <param name="wanted">Name, MTU, addresses; addresses that are not among them are removed, but for the link-local ones.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">InvalidArgument: it makes no sense. NotFound: no interface has the hardware address.</exception>
    public async Task UpdateAsync(Interface wanted, CancellationToken cancel)
    {
        var addresses = wanted.IPAddresses.Select(AddressWords.ReadNetwork).ToList();
        var link = await FindAsync(wanted.HwAddr, cancel).ConfigureAwait(false);
        if (wanted.Name.Length > 0 && wanted.Name != link.Name)
            Rename(link, wanted.Name);
        if (wanted.Mtu is > 0 and <= int.MaxValue && (int)wanted.Mtu != link.Mtu)
            net.Links.SetMtu(link.Index, (int)wanted.Mtu);
        TrustAddresses(wanted.Name.Length > 0 ? wanted.Name : link.Name);
        SetAddresses(link, addresses);
        net.Links.SetFlags(link.Index, LinuxIf.IFF_UP | (wanted.RawFlags & LinuxIf.IFF_NOARP), LinuxIf.IFF_UP | LinuxIf.IFF_NOARP);
    }

    /// <summary>All interfaces but loopback.</summary>
    public Interfaces List()
    {
        var addresses = net.Addresses.List().ToLookup(address => address.Link);
        var all = new Interfaces();
        foreach (var link in Ethernet)
        {
            all.Interfaces_.Add(new Interface
            {
                Device = link.Name,
                Name = link.Name,
                HwAddr = link.Mac.ToString(),
                Mtu = (ulong)link.Mtu,
                Type = link.Kind,
                RawFlags = link.Flags,
                IPAddresses = { addresses[link.Index].Select(a => AddressWords.Write(a.Address, a.PrefixLength.ToString(CultureInfo.InvariantCulture))) },
            });
        }

        return all;
    }

    private async Task<Link> FindAsync(string text, CancellationToken cancel)
    {
        if (!MacAddress.TryParse(text, out var mac))
            throw new TtrpcException(StatusCode.InvalidArgument, $"'{text}' is no hardware address");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_appearance);
        try
        {
            return await devices.WaitForAsync(() => net.Links.Find(mac), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TtrpcException(
                StatusCode.NotFound, $"no interface with hardware address {mac} within {s_appearance.TotalSeconds} s; there are {string.Join(", ", Ethernet.Select(l => $"{l.Name} ({l.Mac})"))}");
        }
    }

    // Whoever has the name gets another: its own turn to be named comes, or it is nobody's.
    private void Rename(Link link, string name)
    {
        if (net.Links.Find(name) is { } holder)
        {
            net.Links.SetUp(holder.Index, up: false);
            net.Links.Rename(holder.Index, string.Create(CultureInfo.InvariantCulture, $"spare{holder.Index}"));
        }

        net.Links.SetUp(link.Index, up: false);
        net.Links.Rename(link.Index, name);
    }

    // The host's network has given the address to this pod alone; looking for a duplicate would keep it unusable for a second.
    private static void TrustAddresses(string name)
    {
        var path = $"/proc/sys/net/ipv6/conf/{name}/accept_dad";
        if (File.Exists(path))
            File.WriteAllText(path, "0");
    }

    private void SetAddresses(Link link, IReadOnlyList<(IPAddress Address, int PrefixLength)> wanted)
    {
        var present = net.Addresses.List().Where(a => a.Link == link.Index && !a.Address.IsIPv6LinkLocal).ToList();
        foreach (var old in present.Where(p => !wanted.Contains((p.Address, p.PrefixLength))))
            net.Addresses.Delete(old);
        foreach (var (address, prefix) in wanted.Where(w => !present.Any(p => p.Address.Equals(w.Address) && p.PrefixLength == w.PrefixLength)))
        {
            net.Addresses.Add(new LinkAddress(link.Index, address, prefix, Broadcast: AddressWords.Broadcast(address, prefix))
            {
                Flags = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? LinuxRtnetlink.IFA_F_NODAD : 0,
            });
        }
    }
}
