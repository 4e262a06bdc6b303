using System;

namespace KataShimNet.Bench.Files.Measuring;

/// <summary>How long operations took, in nanoseconds. When it is full the oldest are forgotten.</summary>
internal sealed class LatencyRecord
{
    private readonly uint[] _samples = new uint[1 << 20];
    private long _count;

    public void Clear() => _count = 0;

    public void Add(long nanoseconds) => _samples[_count++ & (_samples.Length - 1)] = (uint)Math.Min(nanoseconds, uint.MaxValue);

    /// <summary>Median and 99th percentile.</summary>
    public (double Median, double P99) Percentiles()
    {
        Span<uint> samples = _samples.AsSpan(0, (int)Math.Min(_count, _samples.Length));
        samples.Sort();
        return samples.IsEmpty ? (0, 0) : (samples[samples.Length / 2], samples[(int)(samples.Length * 0.99)]);
    }
}
