using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Monitor.Scraping;

/// <summary>A family of a union: its head, and its samples' lines.</summary>
/// <param name="name">Its name.</param>
/// <param name="known">What the union has of it already; null for nothing.</param>
internal sealed class FamilyText(string name, FamilyText? known)
{
    private readonly List<string> _lines = [];
    private string? _help = known?._help;
    private string? _type = known?._type;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Takes a line of the head; the first help stays.</summary>
    /// <returns>False when the type is another than the one it has.</returns>
    public bool Note(HeadLine head)
    {
        if (!head.IsType)
            _help ??= head.Text;
        else if (_type is not null && _type != head.Text)
            return false;
        else
            _type = head.Text;
        return true;
    }

    /// <summary>Takes what is missing in its head from another.</summary>
    public void Complete(FamilyText other) => (_help, _type) = (_help ?? other._help, _type ?? other._type);

    /// <summary>Whether samples of that name belong to it.</summary>
    public bool Holds(ReadOnlySpan<char> sample) =>
        sample.SequenceEqual(name)
        || (_type is "histogram" or "summary" && sample.StartsWith(name, StringComparison.Ordinal) && sample[name.Length..] is "_bucket" or "_sum" or "_count");

    /// <summary>Adds a sample.</summary>
    public void Add(string line) => _lines.Add(line);

    /// <summary>Writes head and samples; nothing without samples.</summary>
    public void Write(StringBuilder text)
    {
        if (_lines.Count == 0)
            return;
        if (_help is not null)
            text.Append("# HELP ").Append(name).Append(' ').Append(_help).Append('\n');
        if (_type is not null)
            text.Append("# TYPE ").Append(name).Append(' ').Append(_type).Append('\n');
        foreach (string line in _lines)
            text.Append(line).Append('\n');
    }
}
