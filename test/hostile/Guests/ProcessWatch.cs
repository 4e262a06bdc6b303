using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.VhostFrontEnd.Daemons;

namespace KataShimNet.Hostile.Guests;

/// <summary>Looks at a daemon's processes from outside: whether they are the same, what they have open, what they use.</summary>
internal sealed class ProcessWatch
{
    private readonly Dictionary<int, string> _startTimes;

    /// <summary>Remembers the processes of a daemon that has started.</summary>
    public ProcessWatch(Daemon daemon) =>
        _startTimes = daemon.Processes().ToDictionary(pid => pid, pid => Stat(pid)?[21] ?? "");

    /// <summary>The processes.</summary>
    public IReadOnlyCollection<int> Pids => _startTimes.Keys;

    /// <summary>A process that has ended, or null.</summary>
    public int? Missing()
    {
        foreach (var (pid, start) in _startTimes)
        {
            if (Stat(pid) is not { } stat || stat[2] is "Z" or "X" || stat[21] != start)
                return pid;
        }

        return null;
    }

    /// <summary>Open descriptors of all processes.</summary>
    public int OpenFiles() => _startTimes.Keys.Sum(pid => Count($"/proc/{pid}/fd"));

    /// <summary>Threads of all processes.</summary>
    public int Threads() => _startTimes.Keys.Sum(pid => Count($"/proc/{pid}/task"));

    /// <summary>Processor time that all processes have used.</summary>
    public TimeSpan ProcessorTime() =>
        TimeSpan.FromMilliseconds(10 * _startTimes.Keys.Sum(pid => Stat(pid) is { } stat ? Number(stat[13]) + Number(stat[14]) : 0));

    /// <summary>Memory of all processes that is theirs alone (Private_Clean, Private_Dirty), in bytes.</summary>
    public long PrivateBytes() => _startTimes.Keys.Sum(PrivateBytes);

    private static long PrivateBytes(int pid)
    {
        try
        {
            return 1024 * File.ReadLines($"/proc/{pid}/smaps_rollup")
                .Where(line => line.StartsWith("Private_", StringComparison.Ordinal) && !line.Contains("Hugetlb", StringComparison.Ordinal))
                .Sum(line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // proc(5): fields of stat by number, less one; the second, the name, may hold anything.
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var behind = text.LastIndexOf(')');
            return [pid.ToString(CultureInfo.InvariantCulture), "", .. text[(behind + 2)..].Split(' ')];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static int Count(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
