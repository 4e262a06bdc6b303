using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace KataShimNet.Bench.Reports;

/// <summary>A bar and its spread.</summary>
internal readonly record struct Bar(string Name, double Value, double Low, double High);

/// <summary>Bars from left to right, each with its spread as a whisker, and lines across at given values: an SVG image.</summary>
internal static class BarPlot
{
    private const int NameWidth = 330;
    private const int PlotWidth = 560;
    private const int ValueWidth = 60;
    private const int RowHeight = 20;
    private const int Top = 46;

    public static string Draw(string title, IReadOnlyList<Bar> bars, IReadOnlyList<double> lines)
    {
        // A single wild round must not press all bars together: whiskers are cut at twice the largest bar.
        double most = Math.Max(bars.Max(b => Math.Min(b.High, 2 * b.Value)), lines.Max()) * 1.05;
        int height = Top + bars.Count * RowHeight + 10;
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{NameWidth + PlotWidth + ValueWidth}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Add($"<text x=\"10\" y=\"18\" font-size=\"14\">{Escape(title)}</text>");
        for (int i = 0; i < bars.Count; i++)
        {
            Bar bar = bars[i];
            int y = Top + i * RowHeight;
            Add($"<text x=\"{NameWidth - 8}\" y=\"{y + 14}\" text-anchor=\"end\">{Escape(bar.Name)}</text>");
            Add($"<rect x=\"{NameWidth}\" y=\"{y + 3}\" width=\"{Place(bar.Value) - NameWidth:0.0}\" height=\"{RowHeight - 6}\" fill=\"#4a7ab5\"/>");
            Add($"<path d=\"M{Place(bar.Low):0.0} {y + 10}H{Place(Math.Min(bar.High, most)):0.0}\" stroke=\"#222\" stroke-width=\"1.5\"/>");
            Add($"<text x=\"{NameWidth + PlotWidth + 6}\" y=\"{y + 14}\">{bar.Value:0.00}</text>");
        }
        foreach (double line in lines)
        {
            Add($"<path d=\"M{Place(line):0.0} {Top - 4}V{height - 6}\" stroke=\"#c33\" stroke-dasharray=\"4 3\"/>");
            Add($"<text x=\"{Place(line):0.0}\" y=\"{Top - 8}\" text-anchor=\"middle\" fill=\"#c33\">{line:0.0}</text>");
        }
        Add($"</svg>");
        return svg.ToString();

        double Place(double value) => NameWidth + Math.Clamp(value / most, 0, 1) * PlotWidth;

        void Add(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
