using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.AgentProto.Kata;
using Metrics = KataShimNet.AgentProto.Containerd.CgroupsV2.Metrics;

namespace KataShimNet.Shim.Tasks;

/// <summary>The guest's counters of a container in containerd's message for cgroup v2.</summary>
/// <remarks>That message has no place for the network: who wants it reads the interfaces of the pod's network namespace on the host.</remarks>
internal static class TaskMetrics
{
    private const string Name = "io.containerd.cgroups.v2.Metrics";
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>Packs the counters as Stats returns them.</summary>
    /// <param name="stats">What the agent says.</param>
    public static Any Pack(StatsContainerResponse stats) => new() { TypeUrl = Name, Value = Convert(stats.CgroupStats ?? new CgroupStats()).ToByteString() };

    /// <summary>Converts the counters.</summary>
    /// <param name="stats">What the agent says.</param>
    public static Metrics Convert(CgroupStats stats)
    {
        var events = new Counters(stats.MemoryStats?.Stats, GuestContract.MemoryEventsPrefix);
        var metrics = new Metrics
        {
            Pids = new PidsStat { Current = stats.PidsStats?.Current ?? 0, Limit = NoneIsMost(stats.PidsStats?.Limit ?? 0) },
            Cpu = Cpu(stats.CpuStats),
            Memory = Memory(stats.MemoryStats ?? new MemoryStats()),
            Io = new IOStat(),
            MemoryEvents = new MemoryEvents
            {
                Low = events["low"],
                High = events["high"],
                Max = events["max"],
                Oom = events["oom"],
                OomKill = events["oom_kill"],
            },
        };
        AddIo(metrics.Io.Usage, stats.BlkioStats ?? new BlkioStats());
        foreach (var (size, usage) in stats.HugetlbStats.OrderBy(h => h.Key, StringComparer.Ordinal))
            metrics.Hugetlb.Add(new HugeTlbStat { Pagesize = size, Current = usage.Usage, Max = usage.MaxUsage });
        return metrics;
    }

    // Kata's agent says 0 for "no limit", containerd's readers expect the largest number.
    private static ulong NoneIsMost(ulong limit) => limit == 0 ? ulong.MaxValue : limit;

    private static CPUStat Cpu(CpuStats? cpu) => new()
    {
        UsageUsec = (cpu?.CpuUsage?.TotalUsage ?? 0) / NanosecondsPerMicrosecond,
        UserUsec = (cpu?.CpuUsage?.UsageInUsermode ?? 0) / NanosecondsPerMicrosecond,
        SystemUsec = (cpu?.CpuUsage?.UsageInKernelmode ?? 0) / NanosecondsPerMicrosecond,
        NrPeriods = cpu?.ThrottlingData?.Periods ?? 0,
        NrThrottled = cpu?.ThrottlingData?.ThrottledPeriods ?? 0,
        ThrottledUsec = (cpu?.ThrottlingData?.ThrottledTime ?? 0) / NanosecondsPerMicrosecond,
    };

    private static MemoryStat Memory(MemoryStats memory)
    {
        var stat = new Counters(memory.Stats, "");
        return new MemoryStat
        {
            Anon = stat["anon"],
            File = stat["file"],
            KernelStack = stat["kernel_stack"],
            Slab = stat["slab"],
            Sock = stat["sock"],
            Shmem = stat["shmem"],
            FileMapped = stat["file_mapped"],
            FileDirty = stat["file_dirty"],
            FileWriteback = stat["file_writeback"],
            AnonThp = stat["anon_thp"],
            InactiveAnon = stat["inactive_anon"],
            ActiveAnon = stat["active_anon"],
            InactiveFile = stat["inactive_file"],
            ActiveFile = stat["active_file"],
            Unevictable = stat["unevictable"],
            SlabReclaimable = stat["slab_reclaimable"],
            SlabUnreclaimable = stat["slab_unreclaimable"],
            Pgfault = stat["pgfault"],
            Pgmajfault = stat["pgmajfault"],
            WorkingsetRefault = stat["workingset_refault_anon"] + stat["workingset_refault_file"],
            WorkingsetActivate = stat["workingset_activate_anon"] + stat["workingset_activate_file"],
            WorkingsetNodereclaim = stat["workingset_nodereclaim"],
            Pgrefill = stat["pgrefill"],
            Pgscan = stat["pgscan"],
            Pgsteal = stat["pgsteal"],
            Pgactivate = stat["pgactivate"],
            Pgdeactivate = stat["pgdeactivate"],
            Pglazyfree = stat["pglazyfree"],
            Pglazyfreed = stat["pglazyfreed"],
            ThpFaultAlloc = stat["thp_fault_alloc"],
            ThpCollapseAlloc = stat["thp_collapse_alloc"],
            Usage = memory.Usage?.Usage ?? 0,
            UsageLimit = NoneIsMost(memory.Usage?.Limit ?? 0),
            MaxUsage = memory.Usage?.MaxUsage ?? 0,
            SwapUsage = memory.SwapUsage?.Usage ?? 0,
            SwapLimit = memory.SwapUsage?.Limit ?? 0,
            SwapMaxUsage = memory.SwapUsage?.MaxUsage ?? 0,
        };
    }

    private static void AddIo(RepeatedField<IOEntry> entries, BlkioStats io)
    {
        foreach (var value in io.IoServiceBytesRecursive)
        {
            if (Is(value, "Read"))
                Entry(value).Rbytes = value.Value;
            else if (Is(value, "Write"))
                Entry(value).Wbytes = value.Value;
        }

        foreach (var value in io.IoServicedRecursive)
        {
            if (Is(value, "Read"))
                Entry(value).Rios = value.Value;
            else if (Is(value, "Write"))
                Entry(value).Wios = value.Value;
        }

        static bool Is(BlkioStatsEntry value, string operation) => value.Op.Equals(operation, StringComparison.OrdinalIgnoreCase);

        IOEntry Entry(BlkioStatsEntry value)
        {
            if (entries.FirstOrDefault(e => e.Major == value.Major && e.Minor == value.Minor) is { } known)
                return known;
            var entry = new IOEntry { Major = value.Major, Minor = value.Minor };
            entries.Add(entry);
            return entry;
        }
    }

    // Counters by name; one that the guest's kernel does not have is 0.
    private readonly struct Counters(IDictionary<string, ulong>? values, string prefix)
    {
        public ulong this[string name] => values is not null && values.TryGetValue(prefix + name, out var value) ? value : 0;
    }
}
