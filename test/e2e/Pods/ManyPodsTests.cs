using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>Many pods at once.</summary>
public sealed class ManyPodsTests(NodeFixture fixture) : PodTest(fixture)
{
    // Small machines; and without KVM, on few processors, each waits long for its turn.
    private const string Settings = """
        hypervisor:
          memory_mib: 256
        agent:
          start_timeout_seconds: 900
          request_timeout_seconds: 600
          health_timeout_seconds: 600
        """;

    // Twenty take minutes of processor time: once is enough.
    private static readonly int s_pods = TestNode.Containerd.StartsWith('2') ? 20 : 8;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await NodeSettings.ResetAsync(Node);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Pods_of_three_containers_start_at_once_are_used_and_leave_nothing()
    {
        await NodeSettings.ReplaceAsync(Node, Settings);
        Pod[] pods = await Task.WhenAll(Enumerable.Range(1, s_pods).Select(async n =>
        {
            Pod pod = await RunPodAsync(new PodOptions { Name = $"many-{n}" });
            PodContainer[] containers = await Task.WhenAll(Enumerable.Range(1, 3).Select(c => pod.StartAsync("sh", "-c", $"echo {n}.{c}; sleep 1000000")));
            for (int c = 1; c <= 3; c++)
            {
                await containers[c - 1].WaitForLogAsync($"{n}.{c}");
                (await containers[c - 1].ExecAsync("hostname")).Exits(0).Prints($"many-{n}");
            }

            return pod;
        }));
        Assert.Equal(s_pods, pods.Select(pod => pod.Id).Distinct().Count());
        if (PodScope.IsKatanet)
        {
            Assert.Equal(s_pods, pods.Select(pod => pod.Machine().Pid).Distinct().Count());
        }

        await Task.WhenAll(pods.Select(async pod =>
        {
            await pod.StopAsync();
            Assert.Equal(PodSandboxState.SandboxNotready, (await pod.StatusAsync()).State);
        }));
        await Task.WhenAll(pods.Select(pod => pod.RemoveAsync()));
    }
}
