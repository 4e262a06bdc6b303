using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Sandboxes;
using KataShimNet.Shim.Tasks;

namespace KataShimNet.Shim.Prometheus;

/// <summary>What the shim does, beside what its process uses: tasks, calls, and how long the sandbox took to start.</summary>
internal static class ShimFamilies
{
    private static readonly MetricFamily s_containers = MetricFamily.Gauge("katanet_shim_containers", "Containers that exist, those that have ended included.");
    private static readonly MetricFamily s_tasks = MetricFamily.Gauge("katanet_shim_tasks_running", "Containers whose first process is there.");
    private static readonly MetricFamily s_execs = MetricFamily.Gauge("katanet_shim_execs_running", "Processes that were added to containers and are there.");
    private static readonly MetricFamily s_boot = MetricFamily.Gauge(
        "katanet_shim_boot_seconds", "How long the stages of the sandbox's start took; fsd and qemu run side by side, total is from the first step to the last.", "stage");

    private static readonly MetricFamily s_open = MetricFamily.Gauge("katanet_shim_open_rpcs", "Calls that are not answered yet: most wait for the end of a process.");
    private static readonly MetricFamily s_calls = MetricFamily.Histogram("katanet_shim_rpc_seconds", "Calls that were answered, by how long that took.", "method");
    private static readonly MetricFamily s_errors = MetricFamily.Counter("katanet_shim_rpc_errors_total", "Calls that were answered with an error.", "method");

    /// <summary>Writes them.</summary>
    /// <param name="text">Gets the samples.</param>
    /// <param name="tasks">The containers.</param>
    /// <param name="times">How the start went; null while it is under way.</param>
    /// <param name="calls">What the server counted.</param>
    public static void Write(Exposition text, IReadOnlyList<ContainerTask> tasks, StageTimes? times, CallCounters calls)
    {
        text.Add(s_containers, tasks.Count);
        text.Add(s_tasks, tasks.Count(static task => task.Init.Lives));
        text.Add(s_execs, tasks.Sum(static task => task.Execs.Values.Count(static exec => exec.Lives)));
        if (times is not null)
        {
            text.Add(s_boot, times.Fsd.TotalSeconds, "fsd");
            text.Add(s_boot, times.Qemu.TotalSeconds, "qemu");
            text.Add(s_boot, times.Kernel.TotalSeconds, "kernel");
            text.Add(s_boot, times.Agent.TotalSeconds, "agent");
            text.Add(s_boot, times.Total.TotalSeconds, "total");
        }

        text.Add(s_open, calls.Open);
        var methods = calls.Methods.OrderBy(static method => method.Key, StringComparer.Ordinal).Select(static method => (method.Key, Numbers: method.Value.Read())).ToArray();
        foreach (var (name, numbers) in methods)
            text.AddHistogram(s_calls, CallCounters.Bounds, numbers.Buckets, numbers.Time.TotalSeconds, name);
        foreach (var (name, numbers) in methods)
            text.Add(s_errors, numbers.Errors, name);
    }
}
