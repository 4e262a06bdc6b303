using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

public sealed class PodTests(NodeFixture fixture) : PodTest(fixture)
{
    [Fact]
    public async Task A_pod_with_one_container_runs()
    {
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync("sh", "-c", "echo hello; echo wrong >&2; sleep 1000");
        await container.WaitForLogAsync("hello");
        await container.WaitForLogAsync("wrong", "stderr");
        (await container.ExecAsync("hostname")).Exits(0).Prints(pod.Config.Hostname);
        Assert.Equal(ContainerState.ContainerRunning, (await container.StatusAsync()).State);
    }
}
