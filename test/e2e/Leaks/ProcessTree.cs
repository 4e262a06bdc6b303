using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.EndToEndTests.Leaks;

/// <summary>A process, as /proc shows it (proc_pid_stat(5)).</summary>
/// <param name="Pid">Process id.</param>
/// <param name="ParentPid">Its parent.</param>
/// <param name="Name">Name of the program, at most 15 characters.</param>
/// <param name="State">R, S, D, Z …</param>
/// <param name="StartTime">In clock ticks since boot; with the pid it names a process for good.</param>
/// <param name="Arguments">Command line; empty for a zombie.</param>
public sealed record ProcessEntry(int Pid, int ParentPid, string Name, char State, ulong StartTime, string Arguments)
{
    /// <summary>The same words as long as it lives, and others once it is a zombie.</summary>
    public override string ToString() => $"{Pid} {(State == 'Z' ? "zombie " : "")}{Name}: {Arguments}";
}

/// <summary>The processes below another one: as orphans go to the node's init, all of a node are found, whatever their namespaces.</summary>
public static class ProcessTree
{
    /// <summary>All descendants of a process.</summary>
    public static IReadOnlyList<ProcessEntry> Below(int root)
    {
        ILookup<int, ProcessEntry> children = All().ToLookup(process => process.ParentPid);
        List<ProcessEntry> found = [];
        Queue<int> open = new([root]);
        while (open.TryDequeue(out int pid))
        {
            foreach (ProcessEntry child in children[pid])
            {
                found.Add(child);
                open.Enqueue(child.Pid);
            }
        }

        return found;
    }

    private static List<ProcessEntry> All()
    {
        List<ProcessEntry> all = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid) && Read(pid) is { } process)
            {
                all.Add(process);
            }
        }

        return all;
    }

    private static ProcessEntry? Read(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name may hold anything, so what follows is found from the last bracket on.
            int open = stat.IndexOf('(', StringComparison.Ordinal);
            int close = stat.LastIndexOf(')');
            string[] fields = stat[(close + 2)..].Split(' ');
            string arguments = File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ').Trim();
            return new ProcessEntry(
                pid,
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                stat[(open + 1)..close],
                fields[0][0],
                ulong.Parse(fields[19], CultureInfo.InvariantCulture),
                arguments);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It ended in between.
            return null;
        }
    }
}
