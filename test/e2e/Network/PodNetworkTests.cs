using System;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>Two pods on the CNI bridge, with a server in each; the first has a port of the node mapped to it.</summary>
/// <param name="fixture">The node.</param>
public sealed class TwoPods(NodeFixture fixture) : PodFixture(fixture)
{
    /// <summary>Port of the node that leads to the first pod's port 80.</summary>
    public const int HostPort = 18080;

    /// <summary>A container of the first pod.</summary>
    public PodContainer First { get; private set; } = null!;

    /// <summary>A container of the second.</summary>
    public PodContainer Second { get; private set; } = null!;

    /// <inheritdoc/>
    protected override async Task MakeAsync()
    {
        PodContainer[] both = await Task.WhenAll(ServeAsync("one"), ServeAsync("two"));
        (First, Second) = (both[0], both[1]);
    }

    private async Task<PodContainer> ServeAsync(string name)
    {
        Pod pod = await Pods.RunPodAsync(new PodOptions
        {
            Change = config =>
            {
                config.DnsConfig = new DNSConfig { Servers = { "10.88.0.1" }, Searches = { "pods.test" } };
                if (name == "one")
                {
                    config.PortMappings.Add(new PortMapping { Protocol = Protocol.Tcp, ContainerPort = 80, HostPort = HostPort });
                }
            },
        });
        PodContainer container = await pod.StartAsync("sh", "-c", $"mkdir -p /tmp/www; echo {name} > /tmp/www/name; httpd -p 80 -h /tmp/www; echo ready; sleep 100000");
        await container.WaitForLogAsync("ready");
        return container;
    }
}

/// <summary>The network of pods: containerd calls CNI as ever, and the pod's address is the virtual machine's.</summary>
[Collection(NodeCollection.Name)]
public sealed class PodNetworkTests(TwoPods pods) : IClassFixture<TwoPods>
{
    [Fact]
    public async Task A_pod_has_the_address_that_cni_gave_it()
    {
        string address = await pods.First.Pod.AddressAsync();
        Assert.Contains($" {address}/16 ", await pods.First.ShellAsync("ip addr show eth0"));
        Assert.Contains("default via 10.88.0.1 dev eth0", await pods.First.ShellAsync("ip route"));
    }

    [Fact]
    public async Task Pods_reach_each_other_and_the_node_and_the_node_them()
    {
        string one = await pods.First.Pod.AddressAsync();
        string two = await pods.Second.Pod.AddressAsync();
        Assert.Equal("two", await pods.First.ShellAsync($"ping -c 1 {two} > /dev/null && wget -qO- http://{two}/name"));
        Assert.Equal("one", await pods.Second.ShellAsync($"ping -c 1 10.88.0.1 > /dev/null && wget -qO- http://{one}/name"));
        (await pods.Node.RunAsync("busybox", "wget", "-qO-", $"http://{one}/name")).Exits(0).Prints("one");
    }

    [Fact]
    public async Task A_port_of_the_node_leads_to_the_pod()
    {
        (await pods.Node.RunAsync("busybox", "wget", "-qO-", $"http://10.88.0.1:{TwoPods.HostPort}/name")).Exits(0).Prints("one");
        Assert.Equal("one", await pods.Second.ShellAsync($"wget -qO- http://10.88.0.1:{TwoPods.HostPort}/name"));
    }

    [Fact]
    public async Task The_pod_asks_the_name_server_that_it_was_given()
    {
        using System.Diagnostics.Process server = pods.Node.Start(
            "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=", "--bind-interfaces", "--listen-address=10.88.0.1",
            "--except-interface=lo", "--address=/pods.test/10.9.9.9");
        try
        {
            await Waiting.UntilAsync(
                "the name server answers", TimeSpan.FromSeconds(60),
                async () => (await pods.First.ExecAsync("nslookup", "web.pods.test")).Text.Contains("10.9.9.9", StringComparison.Ordinal), () => pods.Node.LogTail());
            Assert.Contains("search pods.test", await pods.Second.ShellAsync("cat /etc/resolv.conf"));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }
}
