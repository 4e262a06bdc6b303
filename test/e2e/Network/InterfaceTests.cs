using System;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>The interfaces of a network namespace are the container's: all of them, with all that is set on them, and traffic passes.</summary>
public sealed class InterfaceTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // A server, and a file that no packet holds whole.
    private const string Servers = """
        mkdir -p /tmp/www && head -c 4194304 /dev/urandom > /tmp/www/blob
        httpd -p 80 -h /tmp/www && sleep 100000
        """;

    private const string Config = "/etc/katanet/macvtap.yaml";

    private static int s_execs;

    public override async ValueTask DisposeAsync()
    {
        await Node.RunAsync("rm", "-f", Config);
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Everything_of_the_pod_s_interfaces_is_in_the_container_and_traffic_passes_both_ways()
    {
        await using HandMadeNetwork network = await HandMadeNetwork.MakeAsync(Node, "two");
        await network.AddLinkAsync("eth0", 1, mtu: 1400);
        await network.AddLinkAsync("net1", 2, mtu: 9000);
        await network.IpAsync("route add default via 10.90.1.1");
        await network.IpAsync("route add 10.99.0.0/16 via 10.90.2.1 mtu 1300");
        await network.IpAsync("route add 192.0.2.0/24 via 169.254.7.7 dev net1 onlink");
        await network.IpAsync("-6 route add default via fd90:1::1");
        await network.IpAsync("neigh add 10.90.2.77 lladdr 02:00:00:00:00:77 dev net1 nud permanent");
        string before = await network.TraceAsync();
        string id = await StartAsync(new ContainerOptions { Arguments = network.Arguments }, "sh", "-c", Servers);

        string addresses = await ExecAsync(id, "ip addr");
        foreach (string word in (string[])["eth0: ", "net1: ", "mtu 1400", "mtu 9000", "10.90.1.2/24", "10.90.2.2/24", "fd90:1::2/64", "fd90:2::2/64"])
        {
            Assert.Contains(word, addresses);
        }

        foreach (string link in (string[])["eth0", "net1"])
        {
            Assert.Equal((await network.IpAsync($"-o link show {link}")).Split("link/ether ")[1].Split(' ')[0], (await ExecAsync(id, $"cat /sys/class/net/{link}/address")).Trim());
        }

        string routes = await ExecAsync(id, "ip route; ip -6 route");
        foreach (string word in (string[])["default via 10.90.1.1 dev eth0", "10.99.0.0/16 via 10.90.2.1 dev net1", "192.0.2.0/24 via 169.254.7.7 dev net1", "default via fd90:1::1 dev eth0"])
        {
            Assert.Contains(word, routes);
        }

        Assert.Contains("10.90.2.77 dev net1 lladdr 02:00:00:00:00:77", await ExecAsync(id, "ip neigh"));
        await ExecAsync(id, "ping -c 2 10.90.1.1 && ping -6 -c 2 fd90:1::1 && ping -c 1 -s 8900 10.90.2.1 && ping -c 1 -s 1300 10.90.1.1");
        // Not more than fits into one packet, and such a packet is not to be fragmented (ip(7), IP_PMTUDISC_WANT).
        (await Node.RunAsync("busybox", "ping", "-c", "1", "-s", "8972", "10.90.2.2")).Exits(0);
        (await Node.RunAsync("busybox", "ping", "-c", "1", "-s", "1372", "10.90.1.2")).Exits(0);

        string blob = (await ExecAsync(id, "md5sum < /tmp/www/blob")).Trim();
        foreach (string host in (string[])["10.90.1.2", "10.90.2.2", "[fd90:1::2]"])
        {
            (await Node.RunAsync("sh", "-c", $"busybox wget -qO- http://{host}/blob | md5sum")).Exits(0).Prints(blob);
        }

        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => SendDatagram("10.90.1.2", 7)).SocketErrorCode);
        await FetchFromTheNodeAsync(id);
        await LookUpAsync(id);

        await RemoveAsync(id);
        Assert.Equal(before, await network.TraceAsync());
    }

    [Fact]
    public async Task What_is_added_changed_and_removed_later_follows()
    {
        await using HandMadeNetwork network = await HandMadeNetwork.MakeAsync(Node, "late");
        string id = await StartAsync(new ContainerOptions { Arguments = network.Arguments }, "sleep", "100000");
        Assert.DoesNotContain("net5", await ExecAsync(id, "ip link"));

        await network.AddLinkAsync("net5", 5);
        await network.IpAsync("route add default via 10.90.5.1");
        await EventuallyAsync("the new interface is in the container", StartLimit, async () => (await TryExecAsync(id, "ip route")).Text.Contains("default via 10.90.5.1", StringComparison.Ordinal));
        await ExecAsync(id, "ping -c 1 10.90.5.1 && ping -6 -c 1 fd90:5::1");

        await network.IpAsync("addr add 10.91.5.2/24 dev net5");
        await network.IpAsync("link set net5 mtu 1450");
        await network.IpAsync("route add 10.98.0.0/16 via 10.90.5.1");
        await EventuallyAsync("the changes are in the container", StartLimit, async () =>
        {
            string text = (await TryExecAsync(id, "ip addr; ip route")).Text;
            return text.Contains("10.91.5.2/24", StringComparison.Ordinal) && text.Contains("mtu 1450", StringComparison.Ordinal) && text.Contains("10.98.0.0/16 via", StringComparison.Ordinal);
        });

        await network.RemoveLinkAsync("net5");
        await EventuallyAsync("the interface has left the container", StartLimit, async () => !(await TryExecAsync(id, "ip link")).Text.Contains("net5", StringComparison.Ordinal));

        await network.AddLinkAsync("net6", 6);
        await EventuallyAsync("another one is in the container", StartLimit, async () => (await TryExecAsync(id, "ping -c 1 -W 1 10.90.6.1")).ExitCode == 0);
        await RemoveAsync(id);
    }

    [Fact]
    public async Task Macvtap_with_two_queues_does_it_as_well()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "this is a setting of our runtime");
        await Node.WriteFileAsync(Config, "network:\n  model: macvtap\n  queues: 2\n");
        await using HandMadeNetwork network = await HandMadeNetwork.MakeAsync(Node, "mac");
        await network.AddLinkAsync("eth0", 3);
        string before = await network.TraceAsync();
        const string Script = "ls /sys/class/net/eth0/queues; ping -c 2 10.90.3.1 > /dev/null && ping -6 -c 2 fd90:3::1 > /dev/null && echo both";
        string[] lines = (await RunAsync(new ContainerOptions { Config = Config, Arguments = network.Arguments }, "sh", "-c", Script)).Exits(0).Text.Trim().Split('\n');
        Assert.Equal(["rx-0", "rx-1", "tx-0", "tx-1", "both"], lines);
        Assert.Equal(before, await network.TraceAsync());
    }

    [Fact]
    public async Task Without_a_network_there_is_loopback_and_it_works()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has the host's network here");
        const string Script = "ls /sys/class/net; echo inside | nc -l -p 99 & sleep 1; nc 127.0.0.1 99 < /dev/null";
        string text = (await RunAsync(new ContainerOptions { Arguments = ["--net-host"] }, "sh", "-c", Script)).Exits(0).Text;
        Assert.Equal(["lo", "inside"], text.Trim().Split('\n'));
        Assert.Contains(Node.LogLines(), line => line.Contains("the host's network was asked for", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_named()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "another runtime says it with other words");
        (await RunAsync(new ContainerOptions { Arguments = ["--with-ns", "network:/run/netns/nowhere"] }, "true")).FailsNaming("ctr:", "/run/netns/nowhere", "No such file");
    }

    private async Task FetchFromTheNodeAsync(string id)
    {
        (await Node.RunAsync("sh", "-c", "mkdir /tmp/www && head -c 4194304 /dev/urandom > /tmp/www/blob")).Exits(0);
        using Process server = Node.Start("busybox", "httpd", "-f", "-p", "10.90.1.1:8081", "-h", "/tmp/www");
        try
        {
            string blob = (await Node.RunAsync("sh", "-c", "md5sum < /tmp/www/blob")).Exits(0).Text.Trim();
            Assert.Equal(blob, (await ExecAsync(id, "wget -qO- http://10.90.1.1:8081/blob | md5sum")).Trim());
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await Node.RunAsync("rm", "-rf", "/tmp/www");
        }
    }

    // From the node's own network, which the tests are not in. The container's kernel says that nobody listens there: the datagram has arrived.
    private void SendDatagram(string address, int port)
    {
        using OwnedFd netns = NetworkNamespace.Open($"/proc/{Node.InitPid}/ns/net");
        using UdpClient client = NetworkNamespace.Run(netns, () => new UdpClient(address, port));
        client.Client.ReceiveTimeout = 30_000;
        client.Send("datagram"u8);
        System.Net.IPEndPoint? from = null;
        client.Receive(ref from);
    }

    private async Task LookUpAsync(string id)
    {
        using Process server = Node.Start(
            "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=10.90.1.1",
            "--except-interface=lo", "--address=/pod.test/10.9.9.9");
        try
        {
            await EventuallyAsync("the name server answers", StartLimit, async () =>
                (await TryExecAsync(id, "nslookup pod.test 10.90.1.1")).Text.Contains("10.9.9.9", StringComparison.Ordinal));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    private Task<CommandResult> TryExecAsync(string id, string script) => Node.RunAsync(
        StartLimit, null, "ctr", "tasks", "exec", "--exec-id", $"net{Interlocked.Increment(ref s_execs)}", id, "sh", "-c", script);

    private async Task<string> ExecAsync(string id, string script) => (await TryExecAsync(id, script)).Exits(0).Text;
}
