using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using KataShimNet.Bench.Nodes;

namespace KataShimNet.Bench.Memory;

/// <summary>A process of a sandbox, and what it costs.</summary>
/// <param name="Role">shim, fsd keeper, fsd worker, or qemu.</param>
/// <param name="PssKib">Proportional set size: pages that are shared count in parts (proc_pid_smaps(5)).</param>
/// <param name="SharedMemoryKib">What of <paramref name="PssKib"/> is shared memory: the guest's RAM, which the machine has anyway.</param>
/// <param name="RssKib">Resident set size.</param>
/// <param name="Arguments">Its command line.</param>
public sealed record ProcessMemory(string Role, long PssKib, long SharedMemoryKib, long RssKib, IReadOnlyList<string> Arguments)
{
    // One line per process: pid, parent, name of the program, Pss, of it shared memory, Rss, command line in base64. PIDs are the node's.
    private const string Script = """
        for p in /proc/[0-9]*; do
            exe=$(readlink "$p/exe" 2>/dev/null) || continue
            case ${exe##*/} in
                containerd-shim-katanet-v2 | katanet-fsd | qemu-system-*) ;;
                *) continue ;;
            esac
            parent=$(sed -n 's/^PPid:\t//p' "$p/status")
            pss=$(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "$p/smaps_rollup")
            shm=$(sed -n 's/^Pss_Shmem: *\([0-9]*\) kB/\1/p' "$p/smaps_rollup")
            rss=$(sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "$p/smaps_rollup")
            echo "${p#/proc/} $parent ${exe##*/} $pss $shm $rss $(base64 -w0 <"$p/cmdline")"
        done
        """;

    /// <summary>The processes of the one sandbox that runs in the node.</summary>
    internal static IReadOnlyList<ProcessMemory> Read(TestNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return Parse(node.Bash("the sandbox's processes cannot be read", Script));
    }

    /// <summary>Reads the script's lines and tells who is who: the keeper is fsd whose parent is the shim, the worker is its child.</summary>
    public static IReadOnlyList<ProcessMemory> Parse(string lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        List<string[]> found = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        HashSet<string> daemons = [.. found.Where(f => f[2] == "katanet-fsd").Select(f => f[0])];
        ProcessMemory[] processes = [.. found.Select(f => new ProcessMemory(RoleOf(f, daemons), Number(f, 3), Number(f, 4), Number(f, 5), Words(f)))];
        foreach (string role in (string[])["shim", "fsd keeper", "fsd worker", "qemu"])
        {
            int count = processes.Count(process => process.Role == role);
            if (count != 1)
                throw new BenchException($"one idle sandbox has {count} processes that are {role}, instead of 1; in the node are:\n{lines}");
        }
        return processes;
    }

    private static string RoleOf(string[] fields, HashSet<string> daemons) => fields[2] switch
    {
        "containerd-shim-katanet-v2" => "shim",
        "katanet-fsd" => daemons.Contains(fields[1]) ? "fsd worker" : "fsd keeper",
        _ => "qemu",
    };

    private static long Number(string[] fields, int index) =>
        fields.Length == 7 && long.TryParse(fields[index], CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new BenchException($"no memory figures of process {string.Join(' ', fields.Take(3))}: is smaps_rollup readable?");

    private static string[] Words(string[] fields) =>
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(fields[6])).TrimEnd('\0').Split('\0');
}
