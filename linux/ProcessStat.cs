using System;
using System.Globalization;
using System.IO;

namespace KataShimNet.Linux;

/// <summary>What the kernel says of a process (proc_pid_stat(5)), as far as we ask. Times are in clock ticks.</summary>
/// <param name="State">R, S, D, Z and so on (field 3).</param>
/// <param name="UserTime">Processor time outside of the kernel (field 14).</param>
/// <param name="SystemTime">Processor time in the kernel (field 15).</param>
/// <param name="Threads">How many threads it has (field 20).</param>
/// <param name="StartTime">When it started, since boot (field 22): with its number, what tells it from every other process.</param>
/// <param name="ResidentPages">Pages of it in memory (field 24).</param>
public sealed record ProcessStat(char State, ulong UserTime, ulong SystemTime, int Threads, ulong StartTime, ulong ResidentPages)
{
    /// <summary>Clock ticks in a second: USER_HZ, which is the same on every Linux machine that we run on.</summary>
    public const ulong TicksPerSecond = 100;

    private const int FirstField = 3;

    /// <summary>Whether it has ended, and only its parent has not looked yet.</summary>
    public bool HasEnded => State is 'Z' or 'X';

    /// <summary>Reads the numbers of a process.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>Null when there is none.</returns>
    public static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the kernel's line.</summary>
    /// <param name="line">The line.</param>
    public static ProcessStat Parse(string line)
    {
        // The name, in parentheses, may itself hold spaces and parentheses; the fields after it cannot.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat(fields[0][0], Number(14), Number(15), (int)Number(20), Number(22), Number(24));

        ulong Number(int field) => ulong.Parse(fields[field - FirstField], CultureInfo.InvariantCulture);
    }
}
