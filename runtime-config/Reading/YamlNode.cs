using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>A value of a YAML document with its place, from 1.</summary>
internal abstract record YamlNode(int Line, int Column)
{
    /// <summary>What it is, for errors.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value. A plain one may be a number; a quoted one is always text.</summary>
internal sealed record YamlScalar(int Line, int Column, string Value, bool Plain) : YamlNode(Line, Column)
{
    /// <summary>Whether nothing, or YAML's word for nothing, stands where the value should.</summary>
    public bool IsNothing => Plain && Value is ("" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Kind => IsNothing ? "nothing" : Plain ? Value : $"the text \"{Value}\"";
}

/// <summary>A list.</summary>
internal sealed record YamlSequence(int Line, int Column, List<YamlNode> Items) : YamlNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file, no key twice.</summary>
internal sealed record YamlMapping(int Line, int Column, List<YamlMember> Members) : YamlNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a section with keys";
}

/// <summary>A key and its value.</summary>
internal sealed record YamlMember(YamlScalar Key, YamlNode Value);
