using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Prometheus;

namespace KataShimNet.Shim.Prometheus;

/// <summary>What processes of one kind use of the host: the same families for each kind.</summary>
/// <param name="prefix">Beginning of the names, such as <c>katanet_vmm</c>.</param>
/// <param name="labels">Names of the labels that tell several of the kind apart.</param>
internal sealed class ProcessFamilies(string prefix, params IReadOnlyList<string> labels)
{
    private readonly (MetricFamily Family, Func<ProcessUsage, double> Value)[] _numbers =
    [
        (MetricFamily.Counter($"{prefix}_cpu_seconds_total", "Processor time.", labels), static usage => usage.CpuSeconds),
        (MetricFamily.Gauge($"{prefix}_resident_memory_bytes", "Memory that is mapped and there.", labels), static usage => usage.ResidentBytes),
        (MetricFamily.Gauge($"{prefix}_proportional_memory_bytes", "Memory that is mapped and there, pages of several processes divided among them.", labels),
            static usage => usage.ProportionalBytes),
        (MetricFamily.Gauge($"{prefix}_threads", "Threads.", labels), static usage => usage.Threads),
        (MetricFamily.Gauge($"{prefix}_open_fds", "Open file descriptors.", labels), static usage => usage.Descriptors),
        (MetricFamily.Counter($"{prefix}_disk_read_bytes_total", "What had to be read from disks.", labels), static usage => usage.ReadBytes),
        (MetricFamily.Counter($"{prefix}_disk_written_bytes_total", "What had to be written to disks.", labels), static usage => usage.WrittenBytes),
    ];

    /// <summary>Writes them.</summary>
    /// <param name="text">Gets the samples.</param>
    /// <param name="processes">The processes, each with the values of its labels; one that has gone is left out.</param>
    public void Write(Exposition text, params IReadOnlyList<(int Pid, string[] Labels)> processes)
    {
        (ProcessUsage Usage, string[] Labels)[] found =
            [.. from process in processes let usage = ProcessUsage.Read(process.Pid) where usage is not null select (usage.Value, process.Labels)];
        foreach (var (family, value) in _numbers)
        {
            foreach (var (usage, values) in found)
                text.Add(family, value(usage), values);
        }
    }
}
