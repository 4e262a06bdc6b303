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

    /// <summary>The keys, with what may stand as their values.</summary>
    public abstract IEnumerable<KeyValuePair<string, ValueShape>> Shapes { get; }

    /// <summary>Reads the section into a copy of the options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="node">The section in the file.</param>
    /// <param name="problems">Where mistakes go.</param>
    /// <param name="onSet">Called with the whole key and the value of each setting that was read.</param>
    public abstract KatanetOptions Read(KatanetOptions options, YamlNode node, ProblemList problems, Action<string, YamlNode> onSet);

    /// <summary>Reads one key into a copy of the options; null, with a problem noted, when it is wrong or there is no such key.</summary>
    public abstract KatanetOptions? ReadKey(KatanetOptions options, YamlScalar key, YamlNode value, ProblemList problems);

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
    public override IEnumerable<KeyValuePair<string, ValueShape>> Shapes =>
        settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Shape));

    /// <inheritdoc/>
    public override KatanetOptions Read(KatanetOptions options, YamlNode node, ProblemList problems, Action<string, YamlNode> onSet)
    {
        if (node is YamlScalar { IsNothing: true })
            return options;
        if (node is not YamlMapping mapping)
        {
            problems.Add(node, Name, $"a section with keys was expected, not {node.Kind}", $"write {Name}: and below it, indented, KEY: VALUE");
            return options;
        }
        foreach (YamlMember member in mapping.Members)
        {
            if (ReadKey(options, member.Key, member.Value, problems) is not { } changed)
                continue;
            options = changed;
            onSet($"{Name}.{member.Key.Value}", member.Value);
        }
        return options;
    }

    /// <inheritdoc/>
    public override KatanetOptions? ReadKey(KatanetOptions options, YamlScalar key, YamlNode value, ProblemList problems)
    {
        string path = $"{Name}.{key.Value}";
        if (Array.Find(settings, setting => setting.Key == key.Value) is not { } setting)
        {
            UnknownKey.Report(this, key, path, problems);
            return null;
        }
        TSection section = get(options);
        return setting.Read(ref section, value, path, problems) ? set(options, section) : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, object>> Values(KatanetOptions options)
    {
        TSection section = get(options);
        return settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value(section)));
    }
}
