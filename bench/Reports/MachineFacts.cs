using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using KataShimNet.Bench.Nodes;

namespace KataShimNet.Bench.Reports;

/// <summary>Where and with what was measured.</summary>
public static class MachineFacts
{
    private const string Script = """
        echo "QEMU: $(qemu-system-x86_64 --version | head -n 1)"
        echo "containerd: $(containerd --version)"
        """;

    internal static IReadOnlyList<KeyValuePair<string, string>> Read(Repository repository, TestNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var facts = new List<KeyValuePair<string, string>>
        {
            new("processor", Field("/proc/cpuinfo", "model name")),
            new("processors online", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            new("memory", Field("/proc/meminfo", "MemTotal")),
            new("kernel", File.ReadAllText("/proc/sys/kernel/osrelease").Trim()),
            new("load average at the start", LoadAverage()),
            new("commit", Commit(repository)),
        };
        foreach (string line in node.Bash("versions cannot be read", Script).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(": ", 2);
            facts.Add(new(parts[0], parts[1]));
        }
        return facts;
    }

    /// <summary>Processes that want to run, over 1, 5 and 15 minutes: more than there are processors, and times are those of a busy machine.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

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
