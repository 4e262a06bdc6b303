using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Agent;

/// <summary>A folder with the files of a control group, and what is made of them.</summary>
public sealed class ContainerStatsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cgroup").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TheFilesOfAGroupBecomeKatasMessage()
    {
        Write("cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 7\nnr_throttled 3\nthrottled_usec 20\n");
        Write("memory.current", "4096\n");
        Write("memory.peak", "8192\n");
        Write("memory.max", "max\n");
        Write("memory.stat", "anon 1000\nfile 2000\nkernel 300\n");
        Write("memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n");
        Write("pids.current", "5\n");
        Write("pids.max", "100\n");
        Write("io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\nnonsense\n");
        Write("hugetlb.2MB.current", "2097152\n");
        Write("hugetlb.2MB.max", "max\n");
        Write("hugetlb.2MB.rsvd.current", "0\n");

        var stats = ContainerStats.Read(new ContainerCgroup(_folder));
        Assert.Equal((1_500_000ul, 1_000_000ul, 500_000ul), (stats.CpuStats.CpuUsage.TotalUsage, stats.CpuStats.CpuUsage.UsageInUsermode, stats.CpuStats.CpuUsage.UsageInKernelmode));
        Assert.Equal((7ul, 3ul, 20_000ul), (stats.CpuStats.ThrottlingData.Periods, stats.CpuStats.ThrottlingData.ThrottledPeriods, stats.CpuStats.ThrottlingData.ThrottledTime));
        var memory = stats.MemoryStats;
        Assert.Equal((4096ul, 8192ul, ulong.MaxValue, 2ul, 2000ul), (memory.Usage.Usage, memory.Usage.MaxUsage, memory.Usage.Limit, memory.Usage.Failcnt, memory.Cache));
        Assert.Equal((1000ul, 4ul), (memory.Stats["anon"], memory.Stats["memory.events.oom_kill"]));
        Assert.Equal((5ul, 100ul), (stats.PidsStats.Current, stats.PidsStats.Limit));
        Assert.Equal((2_097_152ul, ulong.MaxValue), (Assert.Single(stats.HugetlbStats).Value.Usage, stats.HugetlbStats["2MB"].MaxUsage));
        Assert.Equal([("Read", 1ul), ("Write", 2ul), ("Discard", 0ul)], stats.BlkioStats.IoServiceBytesRecursive.Select(e => (e.Op, e.Value)));
        Assert.All(stats.BlkioStats.IoServicedRecursive, e => Assert.Equal((8ul, 16ul), (e.Major, e.Minor)));
    }

    [Fact]
    public void AGroupThatIsGoneUsesNothing()
    {
        var stats = ContainerStats.Read(new ContainerCgroup(_folder + "/gone"));
        Assert.Equal((0ul, 0ul, 0ul), (stats.PidsStats.Current, stats.MemoryStats.Usage.Usage, stats.CpuStats.CpuUsage.TotalUsage));
        Assert.Empty(new ContainerCgroup(_folder + "/gone").Processes());
    }

    [Fact]
    public async Task AGroupThatIsGoneCannotBeFrozen()
    {
        using var poller = new FdPoller();
        var error = await Assert.ThrowsAsync<TtrpcException>(() => new ContainerCgroup(_folder).FreezeAsync(frozen: true, poller, CancellationToken.None));
        Assert.Equal(StatusCode.NotFound, error.Code);
    }

    [Fact]
    public void InterfacesHaveCountersAndLoopbackHasNone()
    {
        const string Text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
              eth0:    1000      10    1    2    0     0          0         0     2000      20    3    4    0     0       0          0
            """;
        var counters = Assert.Single(NetworkCounters.Parse(Text));
        Assert.Equal(("eth0", 1000ul, 10ul, 1ul, 2ul), (counters.Name, counters.RxBytes, counters.RxPackets, counters.RxErrors, counters.RxDropped));
        Assert.Equal((2000ul, 20ul, 3ul, 4ul), (counters.TxBytes, counters.TxPackets, counters.TxErrors, counters.TxDropped));
    }

    [Fact]
    public void AProcessIsDescribedByItsFiles()
    {
        const string Status = "Name:\tsh\nState:\tS (sleeping)\nPid:\t57\nPPid:\t1\nUid:\t1\t1000\t1\t1\nNSpid:\t57\t1\n";
        var process = ProcessList.Parse(Status, "sh\0-c\0sleep 1\0");
        Assert.Equal((57u, 1u, 1u, 1000u, "S", "sh -c sleep 1"), (process.Pid, process.ParentPid, process.ContainerPid, process.UserId, process.State, process.Command));
        Assert.Equal("[sh]", ProcessList.Parse(Status, "").Command);

        var own = Assert.Single(ProcessList.Describe([Environment.ProcessId, int.MaxValue], new Dictionary<int, string> { [Environment.ProcessId] = "me" }));
        Assert.Equal(((uint)Environment.ProcessId, "me"), (own.Pid, own.ExecId));
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder, file), text);
}
