using KataShimNet.AgentProto.Kata;
using KataShimNet.Shim.Tasks;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tasks;

public sealed class TaskMetricsTests
{
    [Fact]
    public void TheGuestsCountersBecomeContainerds()
    {
        var stats = new CgroupStats
        {
            CpuStats = new CpuStats { CpuUsage = new CpuUsage { TotalUsage = 1_500_000, UsageInUsermode = 1_000_000, UsageInKernelmode = 500_000 } },
            PidsStats = new PidsStats { Current = 3 },
            MemoryStats = new MemoryStats
            {
                Usage = new MemoryData { Usage = 4096, Limit = 8192, MaxUsage = 6000 },
                Stats = { ["anon"] = 1, ["file"] = 2, ["workingset_refault_anon"] = 3, ["workingset_refault_file"] = 4, ["memory.events.oom_kill"] = 5 },
            },
            BlkioStats = new BlkioStats
            {
                IoServiceBytesRecursive = { new BlkioStatsEntry { Major = 8, Op = "read", Value = 10 }, new BlkioStatsEntry { Major = 8, Op = "Write", Value = 20 } },
                IoServicedRecursive = { new BlkioStatsEntry { Major = 8, Op = "Read", Value = 1 }, new BlkioStatsEntry { Major = 9, Op = "Write", Value = 2 } },
            },
            HugetlbStats = { ["2MB"] = new HugetlbStats { Usage = 7, MaxUsage = 9 } },
        };
        var metrics = TaskMetrics.Convert(stats);
        Assert.Equal((1500ul, 1000ul, 500ul), (metrics.Cpu.UsageUsec, metrics.Cpu.UserUsec, metrics.Cpu.SystemUsec));
        Assert.Equal((3ul, ulong.MaxValue), (metrics.Pids.Current, metrics.Pids.Limit));
        Assert.Equal((4096ul, 8192ul, 6000ul), (metrics.Memory.Usage, metrics.Memory.UsageLimit, metrics.Memory.MaxUsage));
        Assert.Equal((1ul, 2ul, 7ul, 5ul), (metrics.Memory.Anon, metrics.Memory.File, metrics.Memory.WorkingsetRefault, metrics.MemoryEvents.OomKill));
        Assert.Equal(2, metrics.Io.Usage.Count);
        Assert.Equal((10ul, 20ul, 1ul), (metrics.Io.Usage[0].Rbytes, metrics.Io.Usage[0].Wbytes, metrics.Io.Usage[0].Rios));
        Assert.Equal((9ul, 2ul), (metrics.Io.Usage[1].Major, metrics.Io.Usage[1].Wios));
        Assert.Equal(("2MB", 7ul, 9ul), (metrics.Hugetlb[0].Pagesize, metrics.Hugetlb[0].Current, metrics.Hugetlb[0].Max));
    }

    [Fact]
    public void AnAgentThatSaysLittleIsNoError() => Assert.Equal("io.containerd.cgroups.v2.Metrics", TaskMetrics.Pack(new StatsContainerResponse()).TypeUrl);
}
