using System;
using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Bench.Starts;

/// <summary>Measurements of one thing, in the order in which they were made.</summary>
public sealed class Series
{
    private readonly double[] _sorted;

    public Series(IEnumerable<double> values)
    {
        Values = [.. values];
        if (Values.Count == 0)
            throw new ArgumentException("a series has at least one value", nameof(values));
        _sorted = [.. Values.Order()];
    }

    public IReadOnlyList<double> Values { get; }

    public double Median => At(0.5);

    /// <summary>A quarter of the values are below.</summary>
    public double LowerQuartile => At(0.25);

    /// <summary>A quarter of the values are above.</summary>
    public double UpperQuartile => At(0.75);

    public double Min => _sorted[0];

    public double Max => _sorted[^1];

    // Between two values, in proportion.
    private double At(double share)
    {
        double place = share * (_sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, _sorted.Length - 1);
        return _sorted[below] + (place - below) * (_sorted[above] - _sorted[below]);
    }
}
