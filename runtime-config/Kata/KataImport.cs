using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>A key of a file of Kata's.</summary>
/// <param name="Section">Its section, as in <c>hypervisor.qemu</c>; empty at the top of the file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record KataEntry(string Section, string Name, KataValue Value, int Line);

/// <summary>What became of a file of Kata's.</summary>
/// <param name="Yaml">A settings file of ours with every key that has an equal.</param>
/// <param name="NoEqual">What has none, and why: a line each, in the order of the file.</param>
public sealed record KataImport(string Yaml, IReadOnlyList<string> NoEqual)
{
    /// <summary>Converts a file.</summary>
    /// <param name="file">What messages call it.</param>
    /// <param name="entries">Its keys, in order; a later one wins.</param>
    public static KataImport From(string file, IEnumerable<KataEntry> entries)
    {
        var options = new KatanetOptions();
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var noEqual = new List<string>();
        foreach (KataEntry entry in entries)
        {
            string name = entry.Section.Length == 0 ? entry.Name : $"{entry.Section}.{entry.Name}";
            string place = $"{file}:{entry.Line}: {name} = {entry.Value}";
            if (KataTable.Find(entry.Section, entry.Name) is not { } key)
            {
                noEqual.Add($"{place}: {Unknown(entry.Section)}");
            }
            else if (key.Take(entry.Value) is not { } settings)
            {
                noEqual.Add($"{place}: {key.Note}");
            }
            else
            {
                var problems = new ProblemList(file);
                foreach (OurSetting setting in settings)
                {
                    if (KataApply.To(options, setting, entry.Line, problems) is not { } changed)
                        continue;
                    options = changed;
                    sources[setting.Key] = name;
                }
                noEqual.AddRange(problems.Problems.Select(problem => $"{place}: {problem.Key}: {problem.What}; {problem.Do}"));
            }
        }
        return new KataImport(Write(file, options, sources), noEqual);
    }

    private static string Unknown(string section) => section.StartsWith("hypervisor.", StringComparison.Ordinal) && section != "hypervisor.qemu"
        ? section.StartsWith("hypervisor.qemu.", StringComparison.Ordinal) ? "not a feature of this runtime" : "another hypervisor: QEMU is the only one here"
        : KataTable.Sections.Any(known => known.Name == section) ? "not a key of Kata that is known here" : "not a feature of this runtime";

    private static string Write(string file, KatanetOptions options, Dictionary<string, string> sources)
    {
        var text = new StringBuilder($"# From {file}.\n");
        foreach (Section section in SettingTable.Sections)
        {
            bool begun = false;
            foreach ((string key, object value) in section.Values(options))
            {
                if (!sources.TryGetValue($"{section.Name}.{key}", out string? source))
                    continue;
                if (!begun)
                    text.Append(section.Name).Append(":\n");
                begun = true;
                text.Append($"  {key}: {ConfigText.Scalar(value)}  # {source}\n");
            }
        }
        return text.ToString();
    }
}
