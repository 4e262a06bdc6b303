using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Fsd.Memory;

namespace KataShimNet.Fsd.Rings;

/// <summary>Looks for the next request for a short while before the thread sleeps, as long as that pays.</summary>
/// <remarks>
/// Waking a thread costs 30 to 60 µs across processors (facts of the house), so a guest that asks one thing after the other is
/// served sooner when we look for some microseconds. Each look in vain halves the time; finding something restores it. On one
/// processor the guest could not run while we look, so there it is never done.
/// A guest under TCG takes 100 µs and more from an answer to its next request: there the time falls to nothing by itself, and reads
/// of 4 KiB one after the other took the same with this and without (150 µs each on a loaded machine with two processors).
/// </remarks>
internal sealed class IdlePoll
{
    private static readonly long s_most = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 50_000 : 0;
    private static readonly long s_least = Stopwatch.Frequency / 1_000_000;

    private long _span = s_most;
    private bool _recent;

    /// <summary>Requests were handled: looking may pay.</summary>
    public void Worked() => _recent = true;

    /// <summary>Looks for a request.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="table">Memory that this thread is inside of.</param>
    /// <returns>Whether one came.</returns>
    public bool Wait(AvailableSide ring, MemoryTable table)
    {
        if (!_recent || _span < s_least)
        {
            // The guest may become quicker: every second wake-up looks for the least time.
            _span = Math.Max(_span, s_least);
            _recent = false;
            return false;
        }

        _recent = false;
        var end = Stopwatch.GetTimestamp() + _span;
        do
        {
            if (ring.HasWork(table))
            {
                _span = s_most;
                return true;
            }

            Thread.SpinWait(8);
        }
        while (Stopwatch.GetTimestamp() < end);

        _span /= 2;
        return false;
    }
}
