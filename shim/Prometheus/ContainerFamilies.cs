using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.AgentProto.Prometheus;

namespace KataShimNet.Shim.Prometheus;

/// <summary>What the containers of a sandbox use in the guest, from their control groups there.</summary>
internal static class ContainerFamilies
{
    private const double MicrosecondsPerSecond = 1e6;

    private static readonly (MetricFamily Family, Func<Metrics, double> Value)[] s_numbers =
    [
        (Counter("cpu_seconds_total", "Processor time."), static m => m.Cpu.UsageUsec / MicrosecondsPerSecond),
        (Counter("cpu_throttled_seconds_total", "Time in which it was kept from running by its limit."), static m => m.Cpu.ThrottledUsec / MicrosecondsPerSecond),
        (Counter("cpu_throttled_periods_total", "Periods in which that was so."), static m => m.Cpu.NrThrottled),
        (Gauge("memory_bytes", "Memory, its part of the page cache included."), static m => m.Memory.Usage),
        (Gauge("memory_limit_bytes", "Most memory that it may have; +Inf without a limit."), static m => m.Memory.UsageLimit == ulong.MaxValue ? double.PositiveInfinity : m.Memory.UsageLimit),
        (Counter("oom_kills_total", "Processes that were killed at that limit."), static m => m.MemoryEvents.OomKill),
        (Gauge("processes", "Processes and threads."), static m => m.Pids.Current),
        (Counter("disk_read_bytes_total", "What it read from disks of the guest; files of the share are not on any."), static m => m.Io.Usage.Sum(static io => (double)io.Rbytes)),
        (Counter("disk_written_bytes_total", "What it wrote to disks of the guest."), static m => m.Io.Usage.Sum(static io => (double)io.Wbytes)),
    ];

    /// <summary>Writes them.</summary>
    /// <param name="text">Gets the samples.</param>
    /// <param name="containers">The containers' counters, by their id.</param>
    public static void Write(Exposition text, IReadOnlyList<(string Id, Metrics Numbers)> containers)
    {
        foreach (var (family, value) in s_numbers)
        {
            foreach (var (id, numbers) in containers)
                text.Add(family, value(numbers), id);
        }
    }

    private static MetricFamily Gauge(string name, string help) => MetricFamily.Gauge("katanet_container_" + name, help, "container");

    private static MetricFamily Counter(string name, string help) => MetricFamily.Counter("katanet_container_" + name, help, "container");
}
