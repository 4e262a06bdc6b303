using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace KataShimNet.Cli.Commands;

/// <summary>A table for people: each column as wide as its widest cell, and two spaces between them.</summary>
internal static class Columns
{
    /// <summary>Prints it.</summary>
    public static void Print(TextWriter output, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column]))));
    }
}
