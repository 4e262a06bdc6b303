using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Containers;

/// <summary>What a container uses, in the message of Kata's API. That was made for cgroup v1: each value goes where its like is.</summary>
internal static class ContainerStats
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>Reads the counters of a group.</summary>
    /// <param name="group">The group.</param>
    public static CgroupStats Read(ContainerCgroup group)
    {
        var stats = new CgroupStats
        {
            CpuStats = Cpu(group),
            MemoryStats = Memory(group),
            PidsStats = new PidsStats { Current = group.Number("pids.current"), Limit = group.Number("pids.max") },
            BlkioStats = new BlkioStats(),
        };
        AddIo(stats.BlkioStats, group.Read("io.stat"));
        foreach (var file in group.Files("hugetlb.*.current").Where(f => !f.Contains(".rsvd.", StringComparison.Ordinal)))
        {
            var size = file.Split('.')[1];
            stats.HugetlbStats[size] = new HugetlbStats
            {
                Usage = group.Number(file),
                MaxUsage = group.Number($"hugetlb.{size}.max"),
                Failcnt = group.Fields($"hugetlb.{size}.events").GetValueOrDefault("max"),
            };
        }

        return stats;
    }

    /// <summary>Adds what io.stat says: <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 …</c> in each line.</summary>
    /// <param name="stats">Gets the entries.</param>
    /// <param name="text">The file.</param>
    public static void AddIo(BlkioStats stats, string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Split(':') is not [var major, var minor])
                continue;
            foreach (var word in words.Skip(1))
            {
                if (word.Split('=') is not [var name, var value])
                    continue;
                var (bytes, operation) = name switch
                {
                    "rbytes" => (true, "Read"),
                    "wbytes" => (true, "Write"),
                    "dbytes" => (true, "Discard"),
                    "rios" => (false, "Read"),
                    "wios" => (false, "Write"),
                    "dios" => (false, "Discard"),
                    _ => (false, ""),
                };
                if (operation.Length > 0)
                    (bytes ? stats.IoServiceBytesRecursive : stats.IoServicedRecursive).Add(Entry(major, minor, operation, value));
            }
        }
    }

    private static BlkioStatsEntry Entry(string major, string minor, string operation, string value) => new()
    {
        Major = ulong.Parse(major, CultureInfo.InvariantCulture),
        Minor = ulong.Parse(minor, CultureInfo.InvariantCulture),
        Op = operation,
        Value = ulong.Parse(value, CultureInfo.InvariantCulture),
    };

    private static CpuStats Cpu(ContainerCgroup group)
    {
        var cpu = group.Fields("cpu.stat");
        return new CpuStats
        {
            CpuUsage = new CpuUsage
            {
                TotalUsage = cpu.GetValueOrDefault("usage_usec") * NanosecondsPerMicrosecond,
                UsageInUsermode = cpu.GetValueOrDefault("user_usec") * NanosecondsPerMicrosecond,
                UsageInKernelmode = cpu.GetValueOrDefault("system_usec") * NanosecondsPerMicrosecond,
            },
            ThrottlingData = new ThrottlingData
            {
                Periods = cpu.GetValueOrDefault("nr_periods"),
                ThrottledPeriods = cpu.GetValueOrDefault("nr_throttled"),
                ThrottledTime = cpu.GetValueOrDefault("throttled_usec") * NanosecondsPerMicrosecond,
            },
        };
    }

    private static MemoryStats Memory(ContainerCgroup group)
    {
        var stat = group.Fields("memory.stat");
        var events = group.Fields("memory.events");
        var memory = new MemoryStats
        {
            Cache = stat.GetValueOrDefault("file"),
            Usage = new MemoryData
            {
                Usage = group.Number("memory.current"),
                MaxUsage = group.Number("memory.peak"),
                Limit = group.Number("memory.max"),
                Failcnt = events.GetValueOrDefault("max"),
            },
            SwapUsage = new MemoryData
            {
                Usage = group.Number("memory.swap.current"),
                MaxUsage = group.Number("memory.swap.peak"),
                Limit = group.Number("memory.swap.max"),
                Failcnt = group.Fields("memory.swap.events").GetValueOrDefault("max"),
            },
            KernelUsage = new MemoryData { Usage = stat.GetValueOrDefault("kernel") },
            UseHierarchy = true,
        };
        foreach (var (name, value) in stat)
            memory.Stats[name] = value;
        foreach (var (name, value) in events)
            memory.Stats[GuestContract.MemoryEventsPrefix + name] = value;
        return memory;
    }
}
