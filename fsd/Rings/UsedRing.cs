using System.Threading;
using KataShimNet.Fsd.Memory;

namespace KataShimNet.Fsd.Rings;

/// <summary>Our side of a split ring: the used ring. Used by any thread, under the queue's lock, with memory held.</summary>
/// <remarks>
/// Layout (virtio 1.3, section 2.7.8): le16 flags, le16 idx, {le32 id, le32 len} ring[size], le16 avail_event. The event index by
/// which the guest says when it wants an interrupt lies at the end of the *available* ring.
/// </remarks>
internal sealed unsafe class UsedRing
{
    // Available ring's flags: the guest wants no interrupt.
    private const ushort NoInterrupt = 1;

    private readonly RingSetup _setup;

    // Translated by _boundTo and valid as long as the caller holds that.
    private MemoryTable? _boundTo;
    private ushort* _available;
    private ushort* _used;

    // Index up to which the guest was told, or did not want to be.
    private ushort _told;
    // What the guest was told before the queue was stopped and started again is not known: the first time it is told always.
    private bool _everTold;
    private bool _started;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    public UsedRing(in RingSetup setup) => _setup = setup;

    /// <summary>Next index to fill.</summary>
    public ushort Next { get; private set; }

    /// <summary>Whether something was given back that the guest was not yet told of.</summary>
    public bool HasUntold => _told != Next;

    /// <summary>Finds the ring in memory, and at first where its index stands.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    /// <returns>False when it is not all there.</returns>
    public bool TryBind(MemoryTable table)
    {
        if (ReferenceEquals(_boundTo, table))
            return true;
        _available = (ushort*)table.TranslateUser(_setup.Available, _setup.AvailableBytes);
        _used = (ushort*)table.TranslateUser(_setup.Used, _setup.UsedBytes);
        if (_available == null || _used == null)
        {
            _boundTo = null;
            return false;
        }

        _boundTo = table;
        if (!_started)
        {
            Next = _told = Volatile.Read(ref _used[1]);
            _started = true;
        }

        return true;
    }

    /// <summary>Gives a request back.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    /// <param name="head">Its head.</param>
    /// <param name="written">Bytes written to its writable part.</param>
    /// <returns>False when the ring is no longer in memory.</returns>
    public bool TryPut(MemoryTable table, ushort head, uint written)
    {
        if (!TryBind(table))
            return false;
        var entry = (uint*)(_used + 2) + 2 * (Next & (_setup.Size - 1));
        entry[0] = head;
        entry[1] = written;
        Next++;
        // Release: the entry, and what was written for the request, before the index.
        Volatile.Write(ref _used[1], Next);
        return true;
    }

    /// <summary>Whether the guest wants an interrupt for what was given back since it was last told. Counts as told from here on.</summary>
    /// <param name="table">Memory that the caller holds.</param>
    public bool MustInterrupt(MemoryTable table)
    {
        if (!HasUntold || !TryBind(table))
            return false;
        // The index is out before the guest's wish is read: it does it the other way round.
        Interlocked.MemoryBarrier();
        var (old, first) = (_told, !_everTold);
        (_told, _everTold) = (Next, true);
        if (!_setup.EventIndex)
            return (Volatile.Read(ref _available[0]) & NoInterrupt) == 0;
        var wanted = Volatile.Read(ref _available[2 + _setup.Size]);
        return first || (ushort)(Next - wanted - 1) < (ushort)(Next - old);
    }
}
