using System;
using System.Globalization;
using System.IO;
using KataShimNet.Linux;

namespace KataShimNet.Sandboxes;

/// <summary>A process of a sandbox as it runs on the host.</summary>
/// <param name="Name">shim, fsd, qemu.</param>
/// <param name="Pid">Its number.</param>
/// <param name="MemoryKib">Its share of memory: pages that several processes have are divided among them.</param>
/// <param name="UptimeSeconds">How long it has been running.</param>
public sealed record HostProcess(string Name, int Pid, long MemoryKib, long UptimeSeconds)
{
    /// <summary>Looks at a process.</summary>
    /// <param name="record">What was noted of it.</param>
    /// <returns>Null when it is gone, or its number belongs to another by now.</returns>
    public static HostProcess? Find(ProcessRecord record)
    {
        if (record.Find() is not { } stat)
            return null;
        try
        {
            double now = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
            return new HostProcess(record.Name, record.Pid, ProcessMemory.ProportionalKib(record.Pid), Math.Max(0, (long)now - (long)(stat.StartTime / ProcessStat.TicksPerSecond)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
