using System.IO;
using System.Linq;
using KataShimNet.Agent.Containers;
using KataShimNet.AgentProto.Prometheus;

namespace KataShimNet.Agent.Numbers;

/// <summary>What the guest as a whole has and does, from <c>/proc</c>. Read when the host asks; nothing is kept.</summary>
internal static class GuestNumbers
{
    // USER_HZ, the unit of proc_stat(5).
    private const double TicksPerSecond = 100;
    private const double SectorBytes = 512;

    private static readonly string[] s_windows = ["1m", "5m", "15m"];

    // Columns of the line cpu in /proc/stat. Guest time is in user and nice already.
    private static readonly (string Mode, int[] Columns)[] s_modes =
        [("user", [0, 1]), ("system", [2]), ("idle", [3]), ("iowait", [4]), ("irq", [5, 6]), ("steal", [7])];

    private static readonly (string Kind, string Name)[] s_memory =
        [("total", "MemTotal:"), ("free", "MemFree:"), ("available", "MemAvailable:"), ("cached", "Cached:"), ("anon", "AnonPages:"), ("slab", "Slab:")];

    /// <summary>Writes the families.</summary>
    /// <param name="text">Gets them.</param>
    public static void Write(Exposition text)
    {
        text.Add(GuestFamilies.Uptime, ProcText.Read("/proc/uptime").Lines() is [[var uptime, ..], ..] ? ProcText.Parse(uptime) : 0);
        if (ProcText.Read("/proc/loadavg").Lines() is [{ Length: > 2 } load, ..])
        {
            for (var i = 0; i < s_windows.Length; i++)
                text.Add(GuestFamilies.Load, ProcText.Parse(load[i]), s_windows[i]);
        }

        WriteProcessors(text, ProcText.Read("/proc/stat"));
        var memory = ProcText.Read("/proc/meminfo");
        foreach (var (kind, name) in s_memory)
            text.Add(GuestFamilies.Memory, memory.Number(name) * 1024, kind);
        var vm = ProcText.Read("/proc/vmstat");
        text.Add(GuestFamilies.Faults, vm.Number("pgfault") - vm.Number("pgmajfault"), "minor");
        text.Add(GuestFamilies.Faults, vm.Number("pgmajfault"), "major");
        text.Add(GuestFamilies.OomKills, vm.Number("oom_kill"));
        WriteDisks(text);
        WriteNetwork(text);
    }

    private static void WriteProcessors(Exposition text, ProcText stat)
    {
        text.Add(GuestFamilies.Cpus, stat.Count("cpu"));
        var columns = stat.Fields("cpu");
        foreach (var (mode, which) in s_modes)
            text.Add(GuestFamilies.Cpu, which.Where(column => column < columns.Length).Sum(column => ProcText.Parse(columns[column])) / TicksPerSecond, mode);
        text.Add(GuestFamilies.Processes, stat.Number("procs_running"), "running");
        text.Add(GuestFamilies.Processes, stat.Number("procs_blocked"), "blocked");
        text.Add(GuestFamilies.Forks, stat.Number("processes"));
        text.Add(GuestFamilies.Switches, stat.Number("ctxt"));
    }

    // Whole disks: a folder of /sys/block each. Columns: proc_diskstats(5).
    private static void WriteDisks(Exposition text)
    {
        var disks = ProcText.Read("/proc/diskstats").Lines().Where(line => line.Length > 9 && Directory.Exists("/sys/block/" + line[2] + "/device")).ToArray();
        foreach (var disk in disks)
            text.Add(GuestFamilies.DiskRead, ProcText.Parse(disk[5]) * SectorBytes, disk[2]);
        foreach (var disk in disks)
            text.Add(GuestFamilies.DiskWritten, ProcText.Parse(disk[9]) * SectorBytes, disk[2]);
    }

    private static void WriteNetwork(Exposition text)
    {
        var devices = NetworkCounters.Parse(File.ReadAllText(NetworkCounters.Path)).ToArray();
        foreach (var device in devices)
            text.Add(GuestFamilies.NetReceived, device.RxBytes, device.Name);
        foreach (var device in devices)
            text.Add(GuestFamilies.NetSent, device.TxBytes, device.Name);
        foreach (var device in devices)
            text.Add(GuestFamilies.NetErrors, device.RxErrors + device.RxDropped + device.TxErrors + device.TxDropped, device.Name);
    }
}
