using System;
using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Bench.Starts;

/// <summary>Takes a logfmt line apart: <c>key=value key="a value"</c>.</summary>
public static class Logfmt
{
    /// <summary>The fields; words without "=" are passed over.</summary>
    public static Dictionary<string, string> Fields(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < line.Length;)
        {
            int start = i;
            while (i < line.Length && line[i] != '=' && line[i] != ' ')
                i++;
            string key = line[start..i];
            if (i < line.Length && line[i] == '=')
            {
                i++;
                fields[key] = Value(line, ref i);
            }
            i++;
        }
        return fields;
    }

    private static string Value(string line, ref int i)
    {
        var value = new StringBuilder();
        bool quoted = i < line.Length && line[i] == '"';
        if (quoted)
            i++;
        for (; i < line.Length && line[i] != (quoted ? '"' : ' '); i++)
        {
            if (quoted && line[i] == '\\' && i + 1 < line.Length)
                i++;
            value.Append(line[i]);
        }
        if (quoted)
            i++;
        return value.ToString();
    }
}
