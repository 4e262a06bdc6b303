using System;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Schema;

/// <summary>One key of a section: its name, how its value is read and checked, how it is shown.</summary>
/// <typeparam name="TSection">The section's options.</typeparam>
internal abstract class Setting<TSection>(string key)
{
    /// <summary>The key in the file.</summary>
    public string Key { get; } = key;

    /// <summary>Reads the value into a copy of the section; the section as it was, with a problem noted, when it is wrong.</summary>
    public abstract TSection Read(TSection section, YamlNode node, string path, ProblemList problems);

    /// <summary>The value: a <see cref="string"/>, an <see cref="int"/>, a <see cref="bool"/>, or a list of texts.</summary>
    public abstract object Value(TSection section);
}

/// <summary>A key whose value has one type.</summary>
internal sealed class Setting<TSection, TValue>(
    string key,
    ValueReader<TValue> read,
    Func<TSection, TValue> get,
    Func<TSection, TValue, TSection> set,
    Func<TValue, object> show) : Setting<TSection>(key)
{
    /// <inheritdoc/>
    public override TSection Read(TSection section, YamlNode node, string path, ProblemList problems) =>
        read(node, path, problems, out TValue value) ? set(section, value) : section;

    /// <inheritdoc/>
    public override object Value(TSection section) => show(get(section));
}

/// <summary>Reads a value; false, with a problem noted, when it is wrong.</summary>
internal delegate bool ValueReader<T>(YamlNode node, string path, ProblemList problems, out T value);
