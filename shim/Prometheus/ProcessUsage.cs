using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.Shim.Prometheus;

/// <summary>What a process of the host uses, from <c>/proc</c>.</summary>
/// <param name="CpuSeconds">Processor time.</param>
/// <param name="ResidentBytes">Memory that is mapped and there.</param>
/// <param name="ProportionalBytes">The same, with pages of several processes divided among them; 0 when it may not be read.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="ReadBytes">What it had read from disks.</param>
/// <param name="WrittenBytes">What it had written to disks.</param>
internal readonly record struct ProcessUsage(
    double CpuSeconds, double ResidentBytes, double ProportionalBytes, double Threads, double Descriptors, double ReadBytes, double WrittenBytes)
{
    // USER_HZ, which the kernel has the same on every machine that we run on (proc_pid_stat(5)).
    private const double TicksPerSecond = 100;

    /// <summary>Reads it; null when the process has gone.</summary>
    /// <param name="pid">The process.</param>
    public static ProcessUsage? Read(int pid)
    {
        try
        {
            var proc = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            var stat = File.ReadAllText($"{proc}/stat");
            // Behind the name, which may hold anything: field 3 is the first (proc_pid_stat(5)).
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var io = File.ReadAllLines($"{proc}/io");
            return new ProcessUsage(
                (Number(fields[14 - 3]) + Number(fields[15 - 3])) / TicksPerSecond,
                Number(fields[24 - 3]) * Environment.SystemPageSize,
                Field(File.ReadAllLines($"{proc}/smaps_rollup"), "Pss:") * 1024,
                Number(fields[20 - 3]),
                Directory.EnumerateFileSystemEntries($"{proc}/fd").Count(),
                Field(io, "read_bytes:"),
                Field(io, "write_bytes:"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double Field(string[] lines, string name)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
