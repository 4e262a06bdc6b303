using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KataShimNet.Bench.Reports;

/// <summary>Where and with what was measured.</summary>
public static class MachineFacts
{
    private static readonly (string Name, string Package)[] s_peers =
        [("QEMU", "qemu-system-x86"), ("containerd", "containerd"), ("virtiofsd", "virtiofsd")];

    internal static IReadOnlyList<KeyValuePair<string, string>> Read(Repository repository, string tree)
    {
        var facts = new List<KeyValuePair<string, string>>
        {
            new("processor", Field("/proc/cpuinfo", "model name")),
            new("processors online", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            new("memory", Field("/proc/meminfo", "MemTotal")),
            new("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
            new("load average at the start", LoadAverage()),
            new("commit", Commit(repository)),
        };
        foreach ((string name, string package) in s_peers)
            facts.Add(new(name, Version(tree, package)));
        return facts;
    }

    /// <summary>Processes that want to run, over 1, 5 and 15 minutes: more than there are processors, and times are those of a busy machine.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    // As Debian's package manager knows it: the programs themselves run only in a node.
    private static string Version(string tree, string package) =>
        File.ReadLines(Path.Combine(tree, "var/lib/dpkg/status"))
            .SkipWhile(line => line != $"Package: {package}")
            .FirstOrDefault(static line => line.StartsWith("Version: ", StringComparison.Ordinal))?["Version: ".Length..] ?? "unknown";

    // Read without git, which need not be installed.
    private static string Commit(Repository repository)
    {
        string head = Path.Combine(repository.Root, ".git/HEAD");
        if (!File.Exists(head))
            return "unknown";
        string text = File.ReadAllText(head).Trim();
        string reference = Path.Combine(repository.Root, ".git", text.Replace("ref: ", "", StringComparison.Ordinal));
        return text.StartsWith("ref: ", StringComparison.Ordinal) ? File.Exists(reference) ? File.ReadAllText(reference).Trim() : text : text;
    }

    private static string Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
