using System;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Numbers;

/// <summary>What the agent itself uses, and what it was asked for.</summary>
internal static class AgentNumbers
{
    // USER_HZ, the unit of proc_pid_stat(5).
    private const double TicksPerSecond = 100;

    /// <summary>Writes the families.</summary>
    /// <param name="text">Gets them.</param>
    /// <param name="calls">What the server counted.</param>
    public static void Write(Exposition text, CallCounters calls)
    {
        var stat = File.ReadAllText("/proc/self/stat");
        // Behind the name, which may hold anything: field 3 is the first.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        text.Add(GuestFamilies.AgentCpu, (ProcText.Parse(fields[14 - 3]) + ProcText.Parse(fields[15 - 3])) / TicksPerSecond);
        text.Add(GuestFamilies.AgentMemory, ProcText.Parse(fields[24 - 3]) * Environment.SystemPageSize);
        text.Add(GuestFamilies.AgentThreads, ProcText.Parse(fields[20 - 3]));
        text.Add(GuestFamilies.AgentDescriptors, Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        var (answered, errors) = (0ul, 0ul);
        foreach (var (_, method) in calls.Methods)
        {
            var (buckets, _, failed) = method.Read();
            errors += failed;
            foreach (var count in buckets)
                answered += count;
        }

        text.Add(GuestFamilies.AgentOpenCalls, calls.Open);
        text.Add(GuestFamilies.AgentCalls, answered);
        text.Add(GuestFamilies.AgentErrors, errors);
    }
}
