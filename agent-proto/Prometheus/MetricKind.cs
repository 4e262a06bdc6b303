namespace KataShimNet.AgentProto.Prometheus;

/// <summary>How the values of a family behave.</summary>
public enum MetricKind
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Only grows, until what counts starts anew.</summary>
    Counter,

    /// <summary>Counts of what was at most so much, with sum and number.</summary>
    Histogram,
}
