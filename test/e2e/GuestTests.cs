using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>The ways in which a guest can boot.</summary>
public sealed class GuestTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Settings = "/etc/katanet/guest.yaml";

    [Theory]
    [InlineData("virtiofs")]
    [InlineData("initrd")]
    public async Task It_boots_from(string boot)
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no guest");
        await Node.WriteFileAsync(Settings, $"guest:\n  boot: {boot}\n");
        try
        {
            string text = (await RunAsync(new ContainerOptions { Config = Settings }, "sh", "-c", "cat /proc/cmdline; grep ' / ' /proc/mounts; touch /made")).Exits(0).Text;
            Assert.Equal(boot == "virtiofs", text.Contains("rootfstype=virtiofs", StringComparison.Ordinal));
            // Where the guest's own root comes from makes no difference to the container's.
            Assert.Contains(" / virtiofs rw", text, StringComparison.Ordinal);
        }
        finally
        {
            await Node.RunAsync("rm", "-f", Settings);
        }
    }

    [Fact]
    public async Task A_module_is_loaded_when_a_container_needs_it()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container uses the host's modules");
        string text = (await RunAsync(
            new ContainerOptions { Arguments = ["--privileged"] }, "sh", "-c", "ip link add d0 type dummy && ip link show d0; ip link add br7 type bridge && ip link show br7")).Exits(0).Text;
        Assert.Contains("d0:", text, StringComparison.Ordinal);
        Assert.Contains("br7:", text, StringComparison.Ordinal);
    }
}
