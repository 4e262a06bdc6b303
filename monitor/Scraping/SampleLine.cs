using System;
using System.Globalization;

namespace KataShimNet.Monitor.Scraping;

/// <summary>A sample as the text format has it: a name, labels in braces, a value, perhaps a time.</summary>
/// <remarks>https://prometheus.io/docs/instrumenting/exposition_formats/</remarks>
internal static class SampleLine
{
    /// <summary>Reads the name of a line.</summary>
    /// <returns>False when the line is no sample.</returns>
    public static bool TryName(ReadOnlySpan<char> line, out ReadOnlySpan<char> name)
    {
        int end = 0;
        while (end < line.Length && IsNameCharacter(line[end], end == 0))
            end++;
        name = line[..end];
        if (end == 0)
            return false;
        ReadOnlySpan<char> rest = line[end..];
        if (rest is ['{', ..])
        {
            int labels = LabelsLength(rest);
            if (labels < 0)
                return false;
            rest = rest[labels..];
        }

        if (rest is not [' ', ..])
            return false;
        rest = rest.Trim(' ');
        int space = rest.IndexOf(' ');
        return IsValue(space < 0 ? rest : rest[..space]) && (space < 0 || long.TryParse(rest[(space + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
    }

    // NAME="VALUE" with a comma between them; a backslash takes the next character of a value with it. Length with both braces, -1 if there is no end.
    private static int LabelsLength(ReadOnlySpan<char> text)
    {
        int at = 1;
        while (at < text.Length && text[at] != '}')
        {
            int start = at;
            while (at < text.Length && IsNameCharacter(text[at], at == start) && text[at] != ':')
                at++;
            if (at == start || !text[at..].StartsWith("=\"", StringComparison.Ordinal))
                return -1;
            at += 2;
            while (at < text.Length && text[at] != '"')
                at += text[at] == '\\' ? 2 : 1;
            at++;
            if (at < text.Length && text[at] == ',')
                at++;
            else if (at >= text.Length || text[at] != '}')
                return -1;
        }

        return at < text.Length ? at + 1 : -1;
    }

    private static bool IsNameCharacter(char c, bool first) => char.IsAsciiLetter(c) || c is '_' or ':' || (!first && char.IsAsciiDigit(c));

    private static bool IsValue(ReadOnlySpan<char> text) =>
        text is "+Inf" or "-Inf" or "NaN" || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
