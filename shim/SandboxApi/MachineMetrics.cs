using System;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.CgroupsV2;
using KataShimNet.Linux;

namespace KataShimNet.Shim.SandboxApi;

/// <summary>What a machine's process uses of the host, in containerd's message for cgroup v2.</summary>
internal static class MachineMetrics
{
    private const string Name = "io.containerd.cgroups.v2.Metrics";

    private const ulong MicrosecondsPerTick = 1_000_000 / ProcessStat.TicksPerSecond;

    /// <summary>Reads processor time and memory of a process; all zero when it has just gone.</summary>
    /// <param name="pid">The process.</param>
    public static Any Read(int pid)
    {
        var metrics = new Metrics { Cpu = new CPUStat(), Memory = new MemoryStat() };
        if (ProcessStat.Read(pid) is { } stat)
        {
            metrics.Cpu.UserUsec = stat.UserTime * MicrosecondsPerTick;
            metrics.Cpu.SystemUsec = stat.SystemTime * MicrosecondsPerTick;
            metrics.Cpu.UsageUsec = metrics.Cpu.UserUsec + metrics.Cpu.SystemUsec;
            metrics.Memory.Usage = stat.ResidentPages * (ulong)Environment.SystemPageSize;
        }

        return new Any { TypeUrl = Name, Value = metrics.ToByteString() };
    }
}
