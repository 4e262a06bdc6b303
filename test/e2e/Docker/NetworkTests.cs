using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading.Tasks;
using Docker.DotNet.Models;
using Xunit;

namespace KataShimNet.EndToEndTests.Docker;

/// <summary>Docker's bridges: the container's address, its way to the node and to another container, and published ports.</summary>
public sealed class NetworkTests(DockerFixture fixture) : DockerTest(fixture)
{
    private const string PublishedPort = "18080";

    [Fact]
    public async Task Containers_reach_the_node_and_each_other_and_a_published_port_is_reached_from_the_node()
    {
        NetworksCreateResponse network = await Docker.Client.Networks.CreateNetworkAsync(new NetworksCreateParameters { Name = "together", Driver = "bridge" });
        try
        {
            string server = await StartAsync(Describe(
                ["sh", "-c", "mkdir /tmp/www && echo served > /tmp/www/index.html && ip -o -4 addr show dev eth0 && exec httpd -f -p 80 -h /tmp/www"],
                p =>
                {
                    p.Name = "server";
                    p.HostConfig.NetworkMode = "together";
                    p.NetworkingConfig = new NetworkingConfig { EndpointsConfig = new Dictionary<string, EndpointSettings> { ["together"] = new() { Aliases = ["alias"] } } };
                    p.ExposedPorts = new Dictionary<string, EmptyStruct> { ["80/tcp"] = default };
                    p.HostConfig.PortBindings = new Dictionary<string, IList<PortBinding>> { ["80/tcp"] = [new PortBinding { HostIP = "127.0.0.1", HostPort = PublishedPort }] };
                }));
            EndpointSettings endpoint = (await Containers.InspectContainerAsync(server)).NetworkSettings.Networks["together"];
            await EventuallyAsync("the server has its address", async () => (await LogsAsync(server)).Output.Contains($" {endpoint.IPAddress}/", StringComparison.Ordinal));

            await EventuallyAsync("the node reaches the published port", async () =>
                (await Docker.Node.RunAsync("busybox", "wget", "-q", "-T", "5", "-O", "-", $"http://127.0.0.1:{PublishedPort}/")).Text == "served\n");

            // Names of other containers come from Docker's own name server, which listens in the container's network namespace on the host.
            // That one asks others itself, and hears them.
            using Process outer = Docker.Node.Start(
                "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=", "--bind-interfaces",
                $"--listen-address={endpoint.Gateway}", "--except-interface=lo", "--address=/outer.test/10.9.9.9");
            try
            {
                const string Script = "wget -q -T 10 -O - http://server/ && nslookup alias 127.0.0.11 | grep -o ADDRESS && nslookup -type=a name.outer.test | grep -o 10.9.9.9 && ! nslookup nobody > /dev/null";
                (long code, string output, string errors) = await RunAsync(Describe(
                    ["sh", "-c", $"ping -c 1 -W 5 {endpoint.Gateway} > /dev/null && {Script.Replace("ADDRESS", endpoint.IPAddress, StringComparison.Ordinal)}"],
                    p =>
                    {
                        p.HostConfig.NetworkMode = "together";
                        p.HostConfig.DNS = [endpoint.Gateway];
                    }));
                Assert.True(code == 0 && output == $"served\n{endpoint.IPAddress}\n10.9.9.9\n", output + errors);
            }
            finally
            {
                outer.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            await RemoveAllAsync();
            await Docker.Client.Networks.DeleteNetworkAsync(network.ID);
        }
    }
}
