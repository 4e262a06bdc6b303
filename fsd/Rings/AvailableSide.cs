using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.Rings.Packed;
using KataShimNet.Fsd.Rings.Split;

namespace KataShimNet.Fsd.Rings;

/// <summary>Outcome of <see cref="AvailableSide.TryTake"/>.</summary>
internal enum TakeResult
{
    /// <summary>Nothing is waiting.</summary>
    Empty,
    /// <summary>A request was taken.</summary>
    Request,
    /// <summary>A request was taken that cannot be followed: to be given back with nothing written.</summary>
    Malformed,
    /// <summary>The ring itself makes no sense: the queue stops.</summary>
    Broken,
}

/// <summary>Where requests are taken from a ring of either layout. Used by the queue's thread alone, inside of memory.</summary>
internal abstract class AvailableSide
{
    /// <summary>Where the next request is taken: an index, in a packed ring with its wrap counter in bit 15.</summary>
    public abstract uint Position { get; }

    /// <summary>What was wrong, after <see cref="TakeResult.Malformed"/> or <see cref="TakeResult.Broken"/>.</summary>
    public RingFault Fault { get; protected set; }

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public static AvailableSide Create(in RingSetup setup, InflightRecords inflight) => setup.Packed
        ? new PackedAvailable(setup, (PackedInflight)inflight)
        : new AvailableRing(setup, (SplitInflight)inflight);

    /// <summary>Finds the ring in memory.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <returns>False when it is not all there.</returns>
    public abstract bool TryBind(MemoryTable table);

    /// <summary>Whether a request is waiting.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    public abstract bool HasWork(MemoryTable table);

    /// <summary>Takes the next request, which is in flight from here on.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <param name="chain">Receives it.</param>
    public abstract TakeResult TryTake(MemoryTable table, DescriptorChain chain);

    /// <summary>Takes a request again that is in flight since before a worker died.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <param name="slot">The request.</param>
    /// <param name="chain">Receives it.</param>
    public abstract TakeResult Retake(MemoryTable table, ushort slot, DescriptorChain chain);

    /// <summary>Asks the guest to wake us for the next request.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <returns>False when a request came in the meantime: there is no reason to sleep.</returns>
    public abstract bool TryArm(MemoryTable table);

    /// <summary>Tells the guest that we look by ourselves. With event indexes it is enough not to move ours.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    public abstract void Disarm(MemoryTable table);

    /// <summary>Gives the ring up.</summary>
    /// <param name="fault">Why.</param>
    protected TakeResult Break(RingFault fault)
    {
        Fault = fault;
        return TakeResult.Broken;
    }
}
