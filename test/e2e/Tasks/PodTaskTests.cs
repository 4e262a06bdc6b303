using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Tasks;

/// <summary>Limits of a pod's containers as a kubelet sees them: figures, changes, and the reason of an end.</summary>
public sealed class PodTaskTests(NodeFixture fixture) : PodTest(fixture)
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public async Task Limits_are_kept_changed_and_named_as_the_reason_of_an_end()
    {
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync(
            new PodContainerOptions { Change = config => config.Linux.Resources.MemoryLimitInBytes = 64 * Mebibyte }, "sleep", "1000");
        Assert.Equal($"{64 * Mebibyte}", await container.ShellAsync("cat /sys/fs/cgroup/memory.max"));

        // A process without a standard input reads its end at once.
        (await container.ExecAsync("wc", "-c")).Exits(0).Prints("0");
        ContainerStats stats = await container.StatsAsync();
        Assert.InRange(stats.Memory.WorkingSetBytes.Value, 10_000ul, (ulong)(64 * Mebibyte));
        Assert.True(stats.Cpu.UsageCoreNanoSeconds.Value > 0, stats.ToString());

        await container.UpdateAsync(new LinuxContainerResources { MemoryLimitInBytes = 80 * Mebibyte, CpuPeriod = 100_000, CpuQuota = 70_000, CpuShares = 512 });
        Assert.Equal($"{80 * Mebibyte}", await container.ShellAsync("cat /sys/fs/cgroup/memory.max"));
        Assert.Equal("70000 100000", await container.ShellAsync("cat /sys/fs/cgroup/cpu.max"));

        PodContainer greedy = await pod.StartAsync(
            new PodContainerOptions { Change = config => config.Linux.Resources.MemoryLimitInBytes = 20 * Mebibyte }, "dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1");
        ContainerStatus end = await greedy.WaitForExitAsync();
        Assert.Equal(("OOMKilled", 137), (end.Reason, end.ExitCode));
        Assert.Equal(ContainerState.ContainerRunning, (await container.StatusAsync()).State);
    }
}
