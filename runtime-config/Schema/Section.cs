using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>A section of the file: its name and its keys.</summary>
internal abstract class Section(string name)
{
    /// <summary>The section's key at the top of the file.</summary>
    public string Name { get; } = name;

    /// <summary>Names of the keys, in the order in which they are shown.</summary>
    public abstract IEnumerable<string> Keys { get; }

    /// <summary>Reads the section into a copy of the options.</summary>
    public abstract KatanetOptions Read(KatanetOptions options, YamlNode node, ProblemList problems);

    /// <summary>Each key with its value, see <see cref="Setting{TSection}.Value"/>.</summary>
    public abstract IEnumerable<KeyValuePair<string, object>> Values(KatanetOptions options);
}

/// <summary>A section whose options are of one type.</summary>
internal sealed class Section<TSection>(
    string name,
    Func<KatanetOptions, TSection> get,
    Func<KatanetOptions, TSection, KatanetOptions> set,
    params Setting<TSection>[] settings) : Section(name)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Keys => settings.Select(static setting => setting.Key);

    /// <inheritdoc/>
    public override KatanetOptions Read(KatanetOptions options, YamlNode node, ProblemList problems)
    {
        if (node is YamlScalar { IsNothing: true })
            return options;
        if (node is not YamlMapping mapping)
        {
            problems.Add(node, Name, $"a section with keys was expected, not {node.Kind}", $"write {Name}: and below it, indented, KEY: VALUE");
            return options;
        }
        TSection section = get(options);
        foreach (YamlMember member in mapping.Members)
        {
            string path = $"{Name}.{member.Key.Value}";
            if (Array.Find(settings, setting => setting.Key == member.Key.Value) is { } setting)
                section = setting.Read(section, member.Value, path, problems);
            else
                UnknownKey.Report(this, member.Key, path, problems);
        }
        return set(options, section);
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, object>> Values(KatanetOptions options)
    {
        TSection section = get(options);
        return settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value(section)));
    }
}
