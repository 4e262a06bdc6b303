using System;
using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>A value of Kata's settings: one text (numbers and flags as they are written), or a list of texts.</summary>
/// <param name="Texts">One text where it is no list.</param>
/// <param name="IsList">Whether it is a list.</param>
public sealed record KataValue(IReadOnlyList<string> Texts, bool IsList)
{
    /// <summary>A single value.</summary>
    public static KataValue Of(string text) => new([text], IsList: false);

    /// <summary>The text of a single value; of a list, its items with commas between them.</summary>
    public string Text => IsList ? string.Join(',', Texts) : Texts[0];

    /// <summary>As people write it in the file.</summary>
    public override string ToString() => IsList ? $"[{string.Join(", ", Texts)}]" : Text.Length == 0 ? "\"\"" : Text;

    /// <summary>Whether it is that word. An empty list is the empty word.</summary>
    internal bool Is(string word) => (!IsList || Texts.Count == 0) && string.Equals(Text, word, StringComparison.Ordinal);
}
