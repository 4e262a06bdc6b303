using System.Linq;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>Tells of a key that no setting has, and what was probably meant.</summary>
internal static class UnknownKey
{
    /// <summary>An unknown key at the top of the file.</summary>
    public static void Report(YamlScalar key, ProblemList problems) => problems.Add(key, key.Value, "there is no such section",
        NearestKey.Of(key.Value, SettingTable.Sections.Select(static section => section.Name)) is { } near ? Meant(near)
        : Owner(key.Value) is { } owner ? $"put it under {owner.Name}:"
        : $"remove it; sections are: {string.Join(", ", SettingTable.Sections.Select(static section => section.Name))}");

    /// <summary>An unknown key of a section.</summary>
    public static void Report(Section section, YamlScalar key, string path, ProblemList problems) =>
        problems.Add(key, path, "there is no such key",
            Owner(key.Value) is { } owner ? $"put it under {owner.Name}:"
            : NearestKey.Of(key.Value, section.Keys) is { } near ? Meant(near)
            : $"remove it; keys of {section.Name} are: {string.Join(", ", section.Keys)}");

    private static string Meant(string near) => $"did you mean {near}?";

    private static Section? Owner(string key) => SettingTable.Sections.FirstOrDefault(section => section.Keys.Contains(key));
}
