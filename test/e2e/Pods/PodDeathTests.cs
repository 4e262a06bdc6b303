using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Host;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>The machine of a pod is killed.</summary>
public sealed class PodDeathTests(NodeFixture fixture) : PodTest(fixture)
{
    [Fact]
    public async Task A_stop_at_the_very_moment_succeeds()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "a plain pod has no machine");
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync("sleep", "100000");
        Assert.Equal(0, Signals.kill(SandboxProcesses.Of(Node, pod.Id).Qemu.Pid, Signals.SIGKILL));
        // The kill that containerd sends first meets a sandbox that has not noticed yet, or is being taken apart.
        await pod.StopAsync();
        Assert.Equal(PodSandboxState.SandboxNotready, (await pod.StatusAsync()).State);
        Assert.Equal(ContainerState.ContainerExited, (await container.StatusAsync()).State);
    }
}
