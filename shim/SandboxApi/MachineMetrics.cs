using System;
using System.Globalization;
using System.IO;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using KataShimNet.AgentProto.Containerd.CgroupsV2;

namespace KataShimNet.Shim.SandboxApi;

/// <summary>What a machine's process uses of the host, in containerd's message for cgroup v2.</summary>
internal static class MachineMetrics
{
    private const string Name = "io.containerd.cgroups.v2.Metrics";

    // USER_HZ, which the kernel has the same on every machine that we run on (proc_pid_stat(5)).
    private const ulong MicrosecondsPerTick = 10_000;

    /// <summary>Reads processor time and memory of a process; all zero when it has just gone.</summary>
    /// <param name="pid">The process.</param>
    public static Any Read(int pid)
    {
        var metrics = new Metrics { Cpu = new CPUStat(), Memory = new MemoryStat() };
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // Behind the name, which may hold anything: field 3 is the first. 14 and 15 are user and system time, 24 the resident pages.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            metrics.Cpu.UserUsec = ulong.Parse(fields[14 - 3], CultureInfo.InvariantCulture) * MicrosecondsPerTick;
            metrics.Cpu.SystemUsec = ulong.Parse(fields[15 - 3], CultureInfo.InvariantCulture) * MicrosecondsPerTick;
            metrics.Cpu.UsageUsec = metrics.Cpu.UserUsec + metrics.Cpu.SystemUsec;
            metrics.Memory.Usage = ulong.Parse(fields[24 - 3], CultureInfo.InvariantCulture) * (ulong)Environment.SystemPageSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }

        return new Any { TypeUrl = Name, Value = metrics.ToByteString() };
    }
}
