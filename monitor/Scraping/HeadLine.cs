using System;

namespace KataShimNet.Monitor.Scraping;

/// <summary>A line before a family's samples.</summary>
/// <param name="IsType">TYPE, otherwise HELP.</param>
/// <param name="Name">Name of the family.</param>
/// <param name="Text">The type, or the help.</param>
internal readonly record struct HeadLine(bool IsType, string Name, string Text)
{
    /// <summary>Reads a line that begins with <c>#</c>.</summary>
    /// <returns>Null for any other comment.</returns>
    public static HeadLine? Parse(ReadOnlySpan<char> line)
    {
        bool isType = line.StartsWith("# TYPE ", StringComparison.Ordinal);
        if (!isType && !line.StartsWith("# HELP ", StringComparison.Ordinal))
            return null;
        ReadOnlySpan<char> rest = line["# TYPE ".Length..];
        int space = rest.IndexOf(' ');
        return space <= 0 ? null : new HeadLine(isType, rest[..space].ToString(), rest[(space + 1)..].ToString());
    }
}
