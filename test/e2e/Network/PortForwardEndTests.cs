using System;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Host;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Network;

/// <summary>When ports of a pod are forwarded no longer, or not at all.</summary>
public sealed class PortForwardEndTests(NodeFixture fixture) : PodTest(fixture)
{
    private static readonly TimeSpan s_prompt = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_guest_that_dies_takes_its_connections_along()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "this looks into our shim");
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync("sh", "-c", "nc -ll -p 9000 -e cat & echo ready; sleep 100000");
        await container.WaitForLogAsync("ready");
        await using ForwardedPort port = await pod.ForwardAsync(9000);
        await port.WriteAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await port.ReadAsync(5));
        Assert.Equal(0, Signals.kill(SandboxProcesses.Of(Node, pod.Id).Qemu.Pid, Signals.SIGKILL));
        Assert.Empty(await port.ReadAsync().WaitAsync(s_prompt));
    }

    [Fact]
    public async Task A_setting_switches_it_off()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "this is a setting of our shim");
        await NodeSettings.AddAsync(Node, "network:\n  port_forward: false\n");
        Pod pod;
        try
        {
            pod = await RunPodAsync();
        }
        finally
        {
            await NodeSettings.ResetAsync(Node);
        }

        PodContainer container = await pod.StartAsync("sh", "-c", "nc -ll -p 9000 -e cat & echo ready; sleep 100000");
        await container.WaitForLogAsync("ready");
        using OwnedFd netns = NetworkNamespace.Open($"/proc/{pod.Machine().Pid}/ns/net");
        using Socket client = NetworkNamespace.Run(netns, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        SocketException error = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, 9000));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }
}
