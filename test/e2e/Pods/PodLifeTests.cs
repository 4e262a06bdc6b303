using System;
using System.IO;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>Pods from their start to their end.</summary>
public sealed class PodLifeTests(NodeFixture fixture) : PodTest(fixture)
{
    [Fact]
    [Trait("Suite", "hello")]
    public async Task A_pod_is_run_used_and_removed()
    {
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync("sh", "-c", "echo hello; sleep 1000");
        await container.WaitForLogAsync("hello");
        (await container.ExecAsync("hostname")).Exits(0).Prints(pod.Config.Hostname);
        Assert.Equal(ContainerState.ContainerRunning, (await container.StatusAsync()).State);
        if (PodScope.IsKatanet)
        {
            pod.Machine();
        }

        await pod.StopAsync();
        Assert.Equal(PodSandboxState.SandboxNotready, (await pod.StatusAsync()).State);
        Assert.Equal(137, (await container.StatusAsync()).ExitCode);
        Assert.Empty(pod.Machines());
    }

    [Fact]
    public async Task Processes_are_shared_when_the_pod_asks_for_it()
    {
        Pod pod = await RunPodAsync(new PodOptions { Change = config => config.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod });
        PodContainer first = await pod.StartAsync("sh", "-c", "sleep 1000000 & echo ready; wait");
        PodContainer second = await pod.StartAsync("sleep", "2000000");
        await first.WaitForLogAsync("ready");
        string seen = await second.ShellAsync("ps -o args");
        Assert.Contains("sleep 1000000", seen);
        Assert.Contains("sleep 2000000", seen);
        Assert.Equal(await first.ShellAsync("readlink /proc/self/ns/pid"), await second.ShellAsync("readlink /proc/self/ns/pid"));

        // Its processes end with a container, and the other's do not.
        await first.StopAsync();
        Assert.DoesNotContain("sleep 1000000", await second.ShellAsync("ps -o args"));
        Assert.Equal(ContainerState.ContainerRunning, (await second.StatusAsync()).State);
    }

    [Fact]
    public async Task Without_a_network_the_start_fails_and_says_so()
    {
        string file = Node.Root + CriSetup.NetworkFile;
        File.Move(file, file + ".away");
        try
        {
            await NetworkIsAsync(false);
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => Pods.TryRunPodAsync());
            Assert.Contains("cni", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
        }
        finally
        {
            File.Move(file + ".away", file);
            await NetworkIsAsync(true);
            // containerd 1.7 keeps what it could not tear down without a network for the kubelet to remove.
            await Pods.RemoveStrangersAsync();
        }
    }

    private Task NetworkIsAsync(bool ready) => Waiting.UntilAsync(
        $"NetworkReady is {ready}", TimeSpan.FromSeconds(30), async () => await CriSetup.HasNetworkAsync(Pods.Cri) == ready);
}
