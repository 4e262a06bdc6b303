using System;
using System.Buffers.Binary;
using System.Diagnostics;

namespace KataShimNet.Shim.Tracing;

/// <summary>Which traces are sent: those that the caller sends too; of those that begin here, a part.</summary>
/// <param name="percent">That part, 0 to 100.</param>
internal sealed class TraceSampler(int percent)
{
    /// <summary>Decides for one span. A trace is sent as a whole: what is below a span is decided as that was.</summary>
    public ActivitySamplingResult Decide(ref ActivityCreationOptions<ActivityContext> span)
    {
        var sent = span.Parent == default ? TakesNew(span.TraceId) : span.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        return sent ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
    }

    // By the random half of the id, as OpenTelemetry's TraceIdRatioBased does.
    private bool TakesNew(ActivityTraceId trace)
    {
        Span<byte> bytes = stackalloc byte[16];
        trace.CopyTo(bytes);
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) >> 1) < (ulong)percent * (long.MaxValue / 100) || percent == 100;
    }
}
