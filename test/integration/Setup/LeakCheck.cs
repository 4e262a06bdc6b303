using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.VhostFrontEnd.Daemons;
using Xunit;

[assembly: AssemblyFixture(typeof(LeakCheck))]

namespace KataShimNet.IntegrationTests.Setup;

/// <summary>Fails the run when the tests leave processes, mounts, loop devices or files behind.</summary>
public sealed class LeakCheck : IDisposable
{
    // Process id and start time: a number alone may be taken by another process.
    private static readonly ConcurrentDictionary<(int Pid, string Start), string> s_seen = new();

    private readonly HashSet<string> _mounts = Mounts();
    private readonly HashSet<string> _files = Leftovers();

    /// <summary>Remembers the processes of a daemon.</summary>
    public static void Watch(Daemon daemon)
    {
        foreach (var pid in daemon.Processes())
        {
            if (StartTime(pid) is { } start)
                s_seen[(pid, start)] = daemon.Command;
        }
    }

    public void Dispose()
    {
        // Children that were orphaned by a killed parent may need a moment to notice it.
        var limit = Stopwatch.StartNew();
        while (limit.Elapsed < TimeSpan.FromSeconds(2) && Alive().Any())
            Thread.Yield();
        var left = Alive().Select(p => $"process {p.Key.Pid} of {p.Value}")
            .Concat(Mounts().Except(_mounts).Select(m => "mount " + m))
            .Concat(Leftovers().Except(_files).Select(f => "file " + f))
            .ToArray();
        if (left.Length > 0)
            throw new InvalidOperationException("left behind by the tests:\n" + string.Join('\n', left));
    }

    private static IEnumerable<KeyValuePair<(int Pid, string Start), string>> Alive() =>
        s_seen.Where(p => StartTime(p.Key.Pid) == p.Key.Start);

    private static string? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // Without memory it has ended, and waits for whoever reaps orphans on this machine.
            return fields[20] == "0" ? null : fields[19];
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Mounts that other processes of the machine make meanwhile are theirs: only what mentions our folders counts.
    private static HashSet<string> Mounts() =>
        [.. File.ReadLines("/proc/self/mountinfo").Where(m => m.Contains("artifacts/test", StringComparison.Ordinal) || m.Contains("katanet", StringComparison.Ordinal))];

    private static HashSet<string> Leftovers()
    {
        var tests = Path.Combine(Published.RepositoryRoot, "artifacts", "test");
        return
        [
            .. Directory.Exists(tests) ? Directory.GetFileSystemEntries(tests) : [],
            .. Directory.GetFileSystemEntries(Path.GetTempPath(), "virtiofsd-*"),
            .. Directory.GetFileSystemEntries(Path.GetTempPath(), "katanet-it-*"),
        ];
    }
}
