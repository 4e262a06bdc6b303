using System.Collections.Generic;

namespace KataShimNet.AgentProto.Prometheus;

/// <summary>
/// The families that the agent answers with: the guest writes them, and the host takes these and no others from it.
/// </summary>
public static class GuestFamilies
{
    /// <summary>/proc/uptime.</summary>
    public static readonly MetricFamily Uptime = MetricFamily.Gauge("katanet_guest_uptime_seconds", "How long the guest's kernel has been running.");

    /// <summary>/proc/loadavg.</summary>
    public static readonly MetricFamily Load = MetricFamily.Gauge("katanet_guest_load", "Processes that run or wait for disks, on average.", "window");

    /// <summary>/proc/stat.</summary>
    public static readonly MetricFamily Cpus = MetricFamily.Gauge("katanet_guest_cpus", "Processors that are online.");

    /// <summary>/proc/stat.</summary>
    public static readonly MetricFamily Cpu = MetricFamily.Counter("katanet_guest_cpu_seconds_total", "Processor time of the guest, by what it went to.", "mode");

    /// <summary>/proc/stat.</summary>
    public static readonly MetricFamily Processes = MetricFamily.Gauge("katanet_guest_processes", "Threads that can run, and those that wait for a disk.", "state");

    /// <summary>/proc/stat.</summary>
    public static readonly MetricFamily Forks = MetricFamily.Counter("katanet_guest_forks_total", "Processes and threads that were started.");

    /// <summary>/proc/stat.</summary>
    public static readonly MetricFamily Switches = MetricFamily.Counter("katanet_guest_context_switches_total", "Switches from one thread to another.");

    /// <summary>/proc/meminfo.</summary>
    public static readonly MetricFamily Memory = MetricFamily.Gauge("katanet_guest_memory_bytes", "Memory of the guest, by kind; available is what programs could still get.", "kind");

    /// <summary>/proc/vmstat.</summary>
    public static readonly MetricFamily Faults = MetricFamily.Counter("katanet_guest_page_faults_total", "Page faults; major ones had to wait for a disk or the share.", "kind");

    /// <summary>/proc/vmstat.</summary>
    public static readonly MetricFamily OomKills = MetricFamily.Counter("katanet_guest_oom_kills_total", "Processes that the guest's kernel killed for want of memory.");

    /// <summary>/proc/diskstats.</summary>
    public static readonly MetricFamily DiskRead = MetricFamily.Counter("katanet_guest_disk_read_bytes_total", "What was read from a disk of the guest.", "device");

    /// <summary>/proc/diskstats.</summary>
    public static readonly MetricFamily DiskWritten = MetricFamily.Counter("katanet_guest_disk_written_bytes_total", "What was written to a disk of the guest.", "device");

    /// <summary>/proc/net/dev.</summary>
    public static readonly MetricFamily NetReceived = MetricFamily.Counter("katanet_guest_network_receive_bytes_total", "What the pod's containers received over an interface.", "device");

    /// <summary>/proc/net/dev.</summary>
    public static readonly MetricFamily NetSent = MetricFamily.Counter("katanet_guest_network_transmit_bytes_total", "What the pod's containers sent over an interface.", "device");

    /// <summary>/proc/net/dev.</summary>
    public static readonly MetricFamily NetErrors = MetricFamily.Counter("katanet_guest_network_errors_total", "Packets of an interface that were damaged or dropped, in either direction.", "device");

    /// <summary>/proc/self/stat.</summary>
    public static readonly MetricFamily AgentCpu = MetricFamily.Counter("katanet_agent_cpu_seconds_total", "Processor time of the agent.");

    /// <summary>/proc/self/stat.</summary>
    public static readonly MetricFamily AgentMemory = MetricFamily.Gauge("katanet_agent_resident_memory_bytes", "Memory of the agent that is mapped and there.");

    /// <summary>/proc/self/stat.</summary>
    public static readonly MetricFamily AgentThreads = MetricFamily.Gauge("katanet_agent_threads", "Threads of the agent.");

    /// <summary>/proc/self/fd.</summary>
    public static readonly MetricFamily AgentDescriptors = MetricFamily.Gauge("katanet_agent_open_fds", "Open file descriptors of the agent.");

    /// <summary>Of the agent's server.</summary>
    public static readonly MetricFamily AgentOpenCalls = MetricFamily.Gauge("katanet_agent_open_rpcs", "Calls of the shim that the agent has not answered yet: long ones wait for the end of a process, or for output.");

    /// <summary>Of the agent's server.</summary>
    public static readonly MetricFamily AgentCalls = MetricFamily.Counter("katanet_agent_rpcs_total", "Calls of the shim that the agent has answered.");

    /// <summary>Of the agent's server.</summary>
    public static readonly MetricFamily AgentErrors = MetricFamily.Counter("katanet_agent_rpc_errors_total", "Those of them that were answered with an error.");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        Uptime, Load, Cpus, Cpu, Processes, Forks, Switches, Memory, Faults, OomKills, DiskRead, DiskWritten, NetReceived, NetSent, NetErrors,
        AgentCpu, AgentMemory, AgentThreads, AgentDescriptors, AgentOpenCalls, AgentCalls, AgentErrors,
    ];
}
