using System;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Linux;

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
    /// <summary>Reads it; null when the process has gone.</summary>
    /// <param name="pid">The process.</param>
    public static ProcessUsage? Read(int pid)
    {
        try
        {
            var proc = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            if (ProcessStat.Read(pid) is not { } stat)
                return null;
            var io = File.ReadAllLines($"{proc}/io");
            return new ProcessUsage(
                (stat.UserTime + stat.SystemTime) / (double)ProcessStat.TicksPerSecond,
                stat.ResidentPages * (double)Environment.SystemPageSize,
                ProcessMemory.ProportionalKib(pid) * 1024d,
                stat.Threads,
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
