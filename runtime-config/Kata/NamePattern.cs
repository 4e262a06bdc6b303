using System;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>A name in which <c>*</c> stands for any characters; <c>.*</c>, as Kata's files have it, means the same.</summary>
internal static class NamePattern
{
    /// <summary>Whether a pattern matches the whole of a name.</summary>
    public static bool Matches(string pattern, string name)
    {
        string[] parts = pattern.Replace(".*", "*", StringComparison.Ordinal).Split('*');
        if (parts.Length == 1)
            return name == parts[0];
        if (name.Length < parts[0].Length + parts[^1].Length ||
            !name.StartsWith(parts[0], StringComparison.Ordinal) || !name.EndsWith(parts[^1], StringComparison.Ordinal))
        {
            return false;
        }
        int at = parts[0].Length;
        int end = name.Length - parts[^1].Length;
        foreach (string part in parts.AsSpan(1, parts.Length - 2))
        {
            int found = name.AsSpan(at, end - at).IndexOf(part, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at += found + part.Length;
        }
        return true;
    }
}
