using System;
using System.Collections.Generic;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>Which requests of one ring are in flight, in shared memory. A request is named by its slot, below the ring's size.</summary>
/// <remarks>
/// Stores go to memory in program order, and the death of a process loses none of them: so every change ends with the one store that makes
/// it count. Requests are taken by the queue's thread and given back under the queue's lock; see <see cref="RequestQueue.TryTake"/>.
/// </remarks>
internal abstract unsafe class InflightRecords
{
    // A worker may die so often on one request, within so many seconds.
    private const int MaxDeaths = 5;
    private const uint DeathWindowSeconds = 60;

    /// <summary>Makes the records of a ring.</summary>
    /// <param name="part">Their memory.</param>
    protected InflightRecords(InflightPart part) => Part = part;

    /// <summary>Their memory.</summary>
    protected InflightPart Part { get; }

    /// <summary>Counts requests as they are taken.</summary>
    protected ulong Counter { get; set; }

    /// <summary>Makes the records of a ring.</summary>
    /// <param name="part">Their memory.</param>
    /// <param name="packed">Layout of the ring.</param>
    public static InflightRecords Create(InflightPart part, bool packed) => packed ? new PackedInflight(part) : new SplitInflight(part);

    /// <summary>The mark of a request.</summary>
    /// <param name="slot">The request.</param>
    public RequestMark* Mark(ushort slot) => Part.Marks + slot;

    /// <summary>Settles what a worker left that died: the request that it was giving back is in flight or is not.</summary>
    /// <param name="used">The ring's used side, bound to memory.</param>
    /// <param name="position">Where to begin when these records were never in use.</param>
    /// <returns>Where the next request is to be taken from: behind all that were given back and that are in flight.</returns>
    public abstract uint Recover(UsedSide used, uint position);

    /// <summary>Forgets every request: the ring begins anew.</summary>
    /// <param name="position">Where it begins.</param>
    public abstract void Clear(uint position);

    /// <summary>Whether a request is in flight.</summary>
    /// <param name="slot">The request.</param>
    public abstract bool IsInflight(ushort slot);

    /// <summary>The requests in flight, in the order in which they were taken. Later ones are counted from there.</summary>
    /// <param name="countDeaths">Whether a worker died: its death is counted to those that it worked on.</param>
    public Queue<ushort> Replay(bool countDeaths)
    {
        var found = new List<(ulong Counter, ushort Slot)>();
        for (ushort slot = 0; slot < Part.Size; slot++)
        {
            if (IsInflight(slot))
                found.Add((CounterOf(slot), slot));
        }

        found.Sort();
        var order = new Queue<ushort>(found.Count);
        foreach (var (counter, slot) in found)
        {
            if (countDeaths)
                CountDeath(Mark(slot));
            Counter = Math.Max(Counter, counter);
            order.Enqueue(slot);
        }

        return order;
    }

    /// <summary>Whether workers died so often on a request that it is not to be tried again.</summary>
    /// <param name="slot">The request.</param>
    public bool IsPoisoned(ushort slot) => Mark(slot)->Deaths >= MaxDeaths;

    /// <summary>When a request was taken.</summary>
    /// <param name="slot">The request.</param>
    protected abstract ulong CounterOf(ushort slot);

    private static void CountDeath(RequestMark* mark)
    {
        if (mark->Phase == RequestMark.Running)
        {
            var now = (uint)(Environment.TickCount64 / 1000);
            if (mark->Deaths == 0 || now - mark->FirstDeath > DeathWindowSeconds)
            {
                mark->Deaths = 0;
                mark->FirstDeath = now;
            }

            mark->Deaths++;
        }

        mark->Phase = 0;
    }
}
