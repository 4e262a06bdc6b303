using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.Cli.Sandboxes;

/// <summary>A process of a sandbox as it runs on the host.</summary>
/// <param name="Name">shim, fsd, qemu.</param>
/// <param name="Pid">Its number.</param>
/// <param name="MemoryKib">Its share of memory: pages that several processes have are divided among them.</param>
/// <param name="UptimeSeconds">How long it has been running.</param>
internal sealed record HostProcess(string Name, int Pid, long MemoryKib, long UptimeSeconds)
{
    // USER_HZ, the unit of proc_pid_stat(5), is 100 on every Linux machine that we run on.
    private const ulong TicksPerSecond = 100;

    /// <summary>Looks at a process; null when it is gone, or its number belongs to another by now.</summary>
    public static HostProcess? Find(ProcessRecord record)
    {
        try
        {
            string proc = string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Pid}");
            string stat = File.ReadAllText($"{proc}/stat");
            // The name, in parentheses, may itself hold spaces and parentheses; the fields after it cannot.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            ulong start = ulong.Parse(fields[19], CultureInfo.InvariantCulture);
            if (start != record.StartTime || fields[0] is "Z" or "X")
                return null;
            double now = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
            return new HostProcess(record.Name, record.Pid, Memory(proc), Math.Max(0, (long)now - (long)(start / TicksPerSecond)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Memory(string proc)
    {
        string? line = File.ReadLines($"{proc}/smaps_rollup").FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
