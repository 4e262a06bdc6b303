using System;

namespace KataShimNet.Cli.Checks;

/// <summary>Finds the version number in what programs print.</summary>
internal static class VersionIn
{
    /// <summary>The first <c>N.N</c> or <c>N.N.N</c> of a text, or null.</summary>
    public static Version? Text(string text)
    {
        for (int start = text.AsSpan().IndexOfAnyInRange('0', '9'); start >= 0 && start < text.Length; start++)
        {
            if (!char.IsAsciiDigit(text[start]) || (start > 0 && (char.IsAsciiDigit(text[start - 1]) || text[start - 1] == '.')))
                continue;
            int end = start;
            for (int dots = 0; end < text.Length && (char.IsAsciiDigit(text[end]) || (text[end] == '.' && ++dots < 3)); end++)
            {
            }
            if (Version.TryParse(text.AsSpan(start, end - start).TrimEnd('.'), out Version? version))
                return version;
        }
        return null;
    }
}
