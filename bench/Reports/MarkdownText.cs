using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace KataShimNet.Bench.Reports;

/// <summary>Markdown that grows line by line.</summary>
internal sealed class MarkdownText
{
    private readonly StringBuilder _text = new();

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>How often something goes into something else, or "-" where one of them is missing.</summary>
    public static string Ratio(double? ratio) => ratio is { } value ? Number(value, "0.00") : "-";

    public void Line(string line) => _text.Append(line).Append('\n');

    /// <summary>A heading of the second level and a table below it.</summary>
    public void Table(string title, string[] heads, IEnumerable<string[]> rows)
    {
        Line($"\n## {title}\n");
        Line($"| {string.Join(" | ", heads)} |");
        Line($"|{string.Concat(heads.Select(static _ => "---|"))}");
        foreach (string[] row in rows)
            Line($"| {string.Join(" | ", row)} |");
    }

    public override string ToString() => _text.ToString();
}
