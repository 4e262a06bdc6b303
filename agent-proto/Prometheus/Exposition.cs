using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace KataShimNet.AgentProto.Prometheus;

/// <summary>
/// A text in Prometheus' format 0.0.4 while it is written. Samples of a family follow one another; its head is written before the first, so
/// that a family without samples is not there.
/// </summary>
/// <remarks>https://prometheus.io/docs/instrumenting/exposition_formats/</remarks>
public sealed class Exposition
{
    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _written = [];
    private readonly string _common;
    private MetricFamily? _current;

    /// <summary>Begins a text.</summary>
    /// <param name="common">Labels that every sample has.</param>
    public Exposition(params ReadOnlySpan<(string Name, string Value)> common)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in common)
            AppendLabel(labels, name, value);
        _common = labels.ToString();
    }

    /// <summary>Adds a sample.</summary>
    /// <param name="family">Its family; not a histogram.</param>
    /// <param name="value">Its value.</param>
    /// <param name="labels">Values of the family's labels, in their order.</param>
    /// <exception cref="InvalidOperationException">The family has been written, and others after it.</exception>
    public void Add(MetricFamily family, double value, params ReadOnlySpan<string> labels)
    {
        Begin(family);
        Sample("", value, labels);
    }

    /// <summary>Adds the samples of one histogram.</summary>
    /// <param name="family">Its family.</param>
    /// <param name="bounds">Upper bounds of the buckets but the last, ascending.</param>
    /// <param name="counts">How many fell into each bucket, and into none before it; one more than there are bounds.</param>
    /// <param name="sum">What all of them add up to.</param>
    /// <param name="labels">Values of the family's labels, in their order.</param>
    /// <exception cref="InvalidOperationException">The family has been written, and others after it.</exception>
    public void AddHistogram(
        MetricFamily family, ReadOnlySpan<double> bounds, ReadOnlySpan<ulong> counts, double sum, params ReadOnlySpan<string> labels)
    {
        Begin(family);
        var total = 0ul;
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            Sample("_bucket", total, labels, i < bounds.Length ? Number(bounds[i]) : "+Inf");
        }

        Sample("_sum", sum, labels);
        Sample("_count", total, labels);
    }

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();

    private void Begin(MetricFamily family)
    {
        if (ReferenceEquals(_current, family))
            return;
        if (!_written.Add(family.Name))
            throw new InvalidOperationException($"samples of {family.Name} are apart from one another");
        _current = family;
        _text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
            .Append("\n# TYPE ").Append(family.Name).Append(' ').Append(family.Kind switch
            {
                MetricKind.Counter => "counter",
                MetricKind.Histogram => "histogram",
                _ => "gauge",
            }).Append('\n');
    }

    private void Sample(string suffix, double value, ReadOnlySpan<string> labels, string? bound = null)
    {
        var names = _current!.Labels;
        if (labels.Length != names.Count)
            throw new ArgumentException($"{_current.Name} has {names.Count} labels, not {labels.Length}", nameof(labels));
        _text.Append(_current.Name).Append(suffix);
        if (_common.Length > 0 || labels.Length > 0 || bound is not null)
        {
            _text.Append('{').Append(_common);
            for (var i = 0; i < labels.Length; i++)
                AppendLabel(_text, names[i], labels[i]);
            if (bound is not null)
                AppendLabel(_text, "le", bound);
            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    // A comma before every label but the first.
    private static void AppendLabel(StringBuilder text, string name, string value)
    {
        if (text.Length > 0 && text[^1] == '"')
            text.Append(',');
        text.Append(name).Append("=\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        // As Prometheus itself writes it: the bound of a bucket is a label, and labels are compared as texts.
        _ => value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
    };
}
