using System;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>One key of a section: its name, how its value is read and checked, how it is shown.</summary>
/// <typeparam name="TSection">The section's options.</typeparam>
internal abstract class Setting<TSection>(string key, ValueShape shape)
{
    /// <summary>The key in the file.</summary>
    public string Key { get; } = key;

    /// <summary>What may stand as its value.</summary>
    public ValueShape Shape { get; } = shape;

    /// <summary>Reads the value into a copy of the section; false, with a problem noted, when it is wrong.</summary>
    public abstract bool Read(ref TSection section, YamlNode node, string path, ProblemList problems);

    /// <summary>The value: a <see cref="string"/>, an <see cref="int"/>, a <see cref="bool"/>, or a list of texts.</summary>
    public abstract object Value(TSection section);
}

/// <summary>A key whose value has one type.</summary>
internal sealed class Setting<TSection, TValue>(
    string key,
    ValueKind<TValue> kind,
    Func<TSection, TValue> get,
    Func<TSection, TValue, TSection> set,
    Func<TValue, object> show) : Setting<TSection>(key, kind.Shape)
{
    /// <inheritdoc/>
    public override bool Read(ref TSection section, YamlNode node, string path, ProblemList problems)
    {
        if (!kind.Read(node, path, problems, out TValue value))
            return false;
        section = set(section, value);
        return true;
    }

    /// <inheritdoc/>
    public override object Value(TSection section) => show(get(section));
}

/// <summary>Reads a value; false, with a problem noted, when it is wrong.</summary>
internal delegate bool ValueReader<T>(YamlNode node, string path, ProblemList problems, out T value);
