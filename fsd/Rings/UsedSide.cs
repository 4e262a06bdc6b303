using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.Rings.Packed;
using KataShimNet.Fsd.Rings.Split;

namespace KataShimNet.Fsd.Rings;

/// <summary>Where requests are given back in a ring of either layout. Used by any thread, under the queue's lock, with memory held.</summary>
internal abstract class UsedSide
{
    /// <summary>Where the next request is given back: an index, in a packed ring in the upper half with its wrap counter in bit 31.</summary>
    public abstract uint Position { get; }

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public static UsedSide Create(in RingSetup setup, InflightRecords inflight) => setup.Packed
        ? new PackedUsed(setup, (PackedInflight)inflight)
        : new UsedRing(setup, (SplitInflight)inflight);

    /// <summary>Finds the ring in memory.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    /// <returns>False when it is not all there.</returns>
    public abstract bool TryBind(MemoryTable table);

    /// <summary>Begins where the ring stands: its records were recovered or cleared.</summary>
    /// <param name="resumed">Whether a worker died in between: nobody knows what the guest was told, so it is told once more.</param>
    public abstract void Begin(bool resumed);

    /// <summary>Gives a request back: it is in flight no more.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    /// <param name="slot">The request.</param>
    /// <param name="written">Bytes written to its writable part.</param>
    /// <returns>False when the ring is no longer in memory.</returns>
    public abstract bool TryPut(MemoryTable table, ushort slot, uint written);

    /// <summary>Whether the guest wants an interrupt for what was given back since it was last told. Counts as told from here on.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    public abstract bool MustInterrupt(MemoryTable table);
}
