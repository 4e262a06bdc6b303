using System;
using System.Diagnostics;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Rings;

/// <summary>Looks for the next request for a short while before the thread sleeps, as long as that pays.</summary>
/// <remarks>
/// Waking a thread costs 30 to 60 µs across processors and 3 µs on one (facts of the house), so a guest that asks one thing after the
/// other is served sooner when we look for some microseconds. Between two looks the processor is offered to whoever waits for it: that
/// may be the guest itself. A look in vain makes the next wake-ups go without one, twice as many each time; a find halves their number.
/// A guest under TCG takes 100 µs and more from an answer to its next request: there looking ends by itself.
/// </remarks>
internal sealed class IdlePoll
{
    private const int MostSkipped = 1024;

    private static readonly long s_span = Stopwatch.Frequency / 50_000;

    private bool _recent;
    // Wake-ups that go without a look: still to come, and after the next look in vain.
    private int _skip;
    private int _penalty;

    /// <summary>Requests were handled: looking may pay.</summary>
    public void Worked() => _recent = true;

    /// <summary>Looks for a request.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="table">Memory that this thread is inside of.</param>
    /// <returns>Whether one came.</returns>
    public bool Wait(AvailableSide ring, MemoryTable table)
    {
        if (!_recent)
            return false;
        _recent = false;
        // The guest may have been quicker than the way here: that says nothing about the next time.
        if (ring.HasWork(table))
            return true;
        if (_skip > 0)
        {
            _skip--;
            return false;
        }

        var end = Stopwatch.GetTimestamp() + s_span;
        bool found, late;
        do
        {
            _ = Sched.sched_yield();
            found = ring.HasWork(table);
            late = Stopwatch.GetTimestamp() >= end;
        }
        while (!found && !late);

        // Late and yet found: somebody else had the processor, and who sleeps would have got it back sooner.
        _penalty = late ? Math.Min(2 * _penalty + 1, MostSkipped) : _penalty / 2;
        _skip = late ? _penalty : 0;
        return found;
    }
}
