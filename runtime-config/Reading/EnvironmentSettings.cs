using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Schema;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>Settings from environment variables: <c>KATANET_CONFIG_SECTION_KEY</c>, in capitals.</summary>
internal static class EnvironmentSettings
{
    /// <summary>What the names begin with.</summary>
    public const string Prefix = KatanetOptions.PathVariable + "_";

    /// <summary>Name of the variable for a setting.</summary>
    public static string NameOf(string section, string key) => $"{Prefix}{section}_{key}".ToUpperInvariant();

    /// <summary>Reads the settings of an environment over other options.</summary>
    /// <param name="options">What holds where the environment says nothing.</param>
    /// <param name="environment">Names and values.</param>
    /// <param name="problems">Where mistakes go.</param>
    /// <param name="onSet">Called with the whole key and the name of each variable that was read.</param>
    public static KatanetOptions Read(KatanetOptions options, IDictionary environment, List<ConfigProblem> problems, Action<string, string> onSet)
    {
        foreach (string name in environment.Keys.Cast<string>().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var wrong = new ProblemList($"environment {name}");
            if (Find(name) is not { } setting)
            {
                string? near = NearestKey.Of(name, Names)?.ToUpperInvariant();
                wrong.Add(0, 0, "", "there is no such setting", near is null ? "remove it" : $"did you mean {near}?");
            }
            else if (Value((string?)environment[name] ?? "", setting.Shape, wrong) is { } value &&
                setting.Section.ReadKey(options, new YamlScalar(0, 0, setting.Key, Plain: true), value, wrong) is { } changed)
            {
                options = changed;
                onSet($"{setting.Section.Name}.{setting.Key}", name);
            }
            problems.AddRange(wrong.Problems);
        }
        return options;
    }

    private static IEnumerable<string> Names =>
        SettingTable.Sections.SelectMany(static section => section.Keys.Select(key => NameOf(section.Name, key).ToLowerInvariant()));

    private static (Section Section, string Key, ValueShape Shape)? Find(string name)
    {
        foreach (Section section in SettingTable.Sections)
        {
            foreach ((string key, ValueShape shape) in section.Shapes)
            {
                if (NameOf(section.Name, key) == name)
                    return (section, key, shape);
            }
        }
        return null;
    }

    // A text stands as it is, with no quotes; only a list is written as in the file.
    private static YamlNode? Value(string text, ValueShape shape, ProblemList problems) => shape.Type switch
    {
        "array" => YamlTree.Read(text, problems) ?? new YamlScalar(0, 0, "", Plain: true),
        "integer" => new YamlScalar(0, 0, text, Plain: true),
        _ => new YamlScalar(0, 0, text, Plain: false),
    };
}
