using System.Collections.Generic;

namespace KataShimNet.AgentProto.Prometheus;

/// <summary>A family of samples: one name, one meaning.</summary>
/// <param name="Name">Its name, with the unit at the end.</param>
/// <param name="Kind">How its values behave.</param>
/// <param name="Help">One sentence for people.</param>
/// <param name="Labels">Names of the labels that tell its samples apart.</param>
public sealed record MetricFamily(string Name, MetricKind Kind, string Help, IReadOnlyList<string> Labels)
{
    /// <summary>A family of gauges.</summary>
    public static MetricFamily Gauge(string name, string help, params IReadOnlyList<string> labels) => new(name, MetricKind.Gauge, help, labels);

    /// <summary>A family of counters.</summary>
    public static MetricFamily Counter(string name, string help, params IReadOnlyList<string> labels) => new(name, MetricKind.Counter, help, labels);

    /// <summary>A family of histograms.</summary>
    public static MetricFamily Histogram(string name, string help, params IReadOnlyList<string> labels) => new(name, MetricKind.Histogram, help, labels);
}
