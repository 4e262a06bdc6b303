using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>Every key of Kata's settings that is known here, with what it is called by us. Import, annotations and the page in docs use this.</summary>
public static class KataTable
{
    /// <summary>The sections whose keys are known.</summary>
    internal static IReadOnlyList<(string Name, IReadOnlyList<KataKey> Keys)> Sections { get; } =
    [
        ("hypervisor.qemu", KataHypervisorKeys.All),
        ("agent.kata", KataOtherKeys.Agent),
        ("runtime", KataOtherKeys.Runtime),
    ];

    /// <summary>The table as a page of Markdown.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder("# Kata's settings and ours\n\n")
            .Append("`katanet config import configuration.toml` prints a Kata file as one of ours, and on standard error what has no equal. It goes by\n")
            .Append("this table, which `katanet config import --table` prints. Names of Kata 4.1, of the Go runtime and of runtime-rs.\n");
        foreach ((string name, IReadOnlyList<KataKey> keys) in Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## [{name}]\n\n| Kata | here | note |\n|---|---|---|\n");
            foreach (KataKey key in keys)
                text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}` | {(key.Ours.Length == 0 ? "—" : key.Ours)} | {key.Note} |\n");
        }
        text.Append("\n## Annotations\n\nOf a pod, after `io.katacontainers.config.`; [annotations.md](annotations.md) says which count.\n\n| annotation | as if Kata's file said |\n|---|---|\n");
        foreach ((string annotation, string key) in KataAnnotations.Known.OrderBy(static pair => pair.Key, System.StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| `{annotation}` | `{key}` |\n");
        return text.ToString();
    }

    /// <summary>The key of that section and name, or null.</summary>
    internal static KataKey? Find(string section, string name) =>
        Sections.FirstOrDefault(candidate => candidate.Name == section).Keys?.FirstOrDefault(key => key.Name == name);
}
