using System;
using System.Globalization;
using System.IO;

namespace KataShimNet.Agent.Numbers;

/// <summary>A text of <c>/proc</c> whose lines begin with a name: <c>/proc/stat</c>, <c>/proc/meminfo</c>, <c>/proc/vmstat</c>.</summary>
/// <param name="text">The text.</param>
internal readonly struct ProcText(string text)
{
    /// <summary>Reads a file; a text without lines when there is none.</summary>
    /// <param name="path">The file.</param>
    public static ProcText Read(string path)
    {
        try
        {
            return new ProcText(File.ReadAllText(path));
        }
        catch (IOException)
        {
            return new ProcText("");
        }
    }

    /// <summary>The first number behind a name; 0 when it is not there.</summary>
    /// <param name="name">The name, with the colon where the file has one.</param>
    public double Number(string name) => Fields(name) is [var first, ..] ? Parse(first) : 0;

    /// <summary>The words behind a name.</summary>
    /// <param name="name">The name, with the colon where the file has one.</param>
    public string[] Fields(string name)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' ')
                return line[name.Length..].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        return [];
    }

    /// <summary>Lines whose first word is a name with a number behind it, such as <c>cpu3</c>.</summary>
    /// <param name="name">The name.</param>
    public int Count(string name)
    {
        var count = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && char.IsAsciiDigit(line[name.Length]))
                count++;
        }

        return count;
    }

    /// <summary>The lines' words.</summary>
    public string[][] Lines() =>
        Array.ConvertAll(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A word as number; 0 when it is none.</summary>
    /// <param name="word">The word.</param>
    public static double Parse(string word) => double.TryParse(word, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
