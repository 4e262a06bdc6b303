using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>
/// A network namespace of the node, bound at /run/netns, whose links lead to the node: what CNI makes, made by hand. The node has the first
/// address of each network.
/// </summary>
public sealed class HandMadeNetwork : IAsyncDisposable
{
    private const string Folder = "/run/netns";

    private readonly TestNode _node;

    private readonly bool _first;

    private HandMadeNetwork(TestNode node, string name, bool first) => (_node, Name, _first) = (node, name, first);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What <c>ctr run</c> takes it by.</summary>
    public string[] Arguments => ["--with-ns", $"network:/run/netns/{Name}"];

    /// <summary>Makes one with loopback only.</summary>
    public static async Task<HandMadeNetwork> MakeAsync(TestNode node, string name)
    {
        HandMadeNetwork network = new(node, name, first: !Directory.Exists(node.Root + Folder));
        await network.ShellAsync($"ip netns add {name} && ip -n {name} link set lo up");
        return network;
    }

    /// <summary>Adds a link with an IPv4 and an IPv6 network: the namespace has the second address of each.</summary>
    /// <param name="link">Its name in the namespace; the node's end is called the namespace's name and it.</param>
    /// <param name="third">Number in the networks 10.90.N.0/24 and fd90:N::/64.</param>
    /// <param name="mtu">Largest packet.</param>
    public Task AddLinkAsync(string link, int third, int mtu = 1500) => ShellAsync(
        $"""
        set -e
        ip link add {Name}-{link} mtu {mtu} type veth peer name {link} mtu {mtu} netns {Name}
        ip addr add 10.90.{third}.1/24 dev {Name}-{link}
        ip -6 addr add fd90:{third}::1/64 dev {Name}-{link} nodad
        ip link set {Name}-{link} up
        ip -n {Name} addr add 10.90.{third}.2/24 dev {link}
        ip -n {Name} -6 addr add fd90:{third}::2/64 dev {link} nodad
        ip -n {Name} link set {link} up
        """);

    /// <summary>Removes a link.</summary>
    public Task RemoveLinkAsync(string link) => ShellAsync($"ip link del {Name}-{link}");

    /// <summary>Runs ip in the namespace.</summary>
    public Task<string> IpAsync(string arguments) => ShellAsync($"ip -n {Name} {arguments}");

    /// <summary>What there is in the namespace of traffic control and of links, but for the carrier: the kernel notices it in its own time (linkwatch).</summary>
    public async Task<string> TraceAsync() => await ShellAsync(
        $"tc -n {Name} qdisc show; ip -n {Name} -o link | sed 's/NO-CARRIER,//; s/,LOWER_UP//; s/ state [A-Z]*//'; ip -n {Name} -o addr show scope global");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ShellAsync($"for l in $(ls /sys/class/net | grep '^{Name}-'); do ip link del $l; done; ip netns del {Name}");
        // ip mounts the folder on itself and leaves it; pods may have made the folder before.
        await ShellAsync($"umount {Folder}");
        if (_first)
        {
            await ShellAsync($"rmdir {Folder}");
        }
    }

    private async Task<string> ShellAsync(string script) => (await _node.RunAsync("sh", "-c", script)).Exits(0).Text;
}
