using System;
using System.Collections.Generic;
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
                    p.HostConfig.NetworkMode = "together";
                    p.ExposedPorts = new Dictionary<string, EmptyStruct> { ["80/tcp"] = default };
                    p.HostConfig.PortBindings = new Dictionary<string, IList<PortBinding>> { ["80/tcp"] = [new PortBinding { HostIP = "127.0.0.1", HostPort = PublishedPort }] };
                }));
            EndpointSettings endpoint = (await Containers.InspectContainerAsync(server)).NetworkSettings.Networks["together"];
            await EventuallyAsync("the server has its address", async () => (await LogsAsync(server)).Output.Contains($" {endpoint.IPAddress}/", StringComparison.Ordinal));

            await EventuallyAsync("the node reaches the published port", async () =>
                (await Docker.Node.RunAsync("busybox", "wget", "-q", "-T", "5", "-O", "-", $"http://127.0.0.1:{PublishedPort}/")).Text == "served\n");

            // Names of other containers come from Docker's own name server, which no virtual machine reaches: this one is told.
            (long code, string output, string errors) = await RunAsync(Describe(
                ["sh", "-c", $"ping -c 1 -W 5 {endpoint.Gateway} > /dev/null && wget -q -T 10 -O - http://server/"],
                p =>
                {
                    p.HostConfig.NetworkMode = "together";
                    p.HostConfig.ExtraHosts = [$"server:{endpoint.IPAddress}"];
                }));
            Assert.True(code == 0 && output == "served\n", output + errors);
        }
        finally
        {
            await RemoveAllAsync();
            await Docker.Client.Networks.DeleteNetworkAsync(network.ID);
        }
    }
}
