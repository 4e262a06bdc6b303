using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;

namespace KataShimNet.Fsd.Rings.Split;

/// <summary>Our side of a split ring: the used ring. Used by any thread, under the queue's lock, with memory held.</summary>
/// <remarks>
/// Layout (virtio 1.3, section 2.7.8): le16 flags, le16 idx, {le32 id, le32 len} ring[size], le16 avail_event. The event index by
/// which the guest says when it wants an interrupt lies at the end of the *available* ring.
/// </remarks>
internal sealed unsafe class UsedRing : UsedSide
{
    // Available ring's flags: the guest wants no interrupt.
    private const ushort NoInterrupt = 1;

    private readonly RingSetup _setup;
    private readonly SplitInflight _inflight;

    // Translated by _boundTo and valid as long as the caller holds that.
    private MemoryTable? _boundTo;
    private ushort* _available;
    private ushort* _used;

    // Index up to which the guest was told, or did not want to be.
    private ushort _told;
    // What the guest was told before the queue was stopped and started again is not known: the first time it is told always.
    private bool _everTold;
    private bool _started;
    private bool _untold;
    private ushort _next;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public UsedRing(in RingSetup setup, SplitInflight inflight)
    {
        _setup = setup;
        _inflight = inflight;
    }

    /// <inheritdoc/>
    public override uint Position => _next;

    /// <inheritdoc/>
    public override bool TryBind(MemoryTable table)
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
            _next = _told = Volatile.Read(ref _used[1]);
            _started = true;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Begin(bool resumed)
    {
        _everTold = false;
        _untold = resumed;
    }

    /// <inheritdoc/>
    public override bool TryPut(MemoryTable table, ushort slot, uint written)
    {
        if (!TryBind(table))
            return false;
        _inflight.Completing(slot);
        var entry = (uint*)(_used + 2) + 2 * (_next & (_setup.Size - 1));
        entry[0] = slot;
        entry[1] = written;
        _next++;
        // Release: the entry, and what was written for the request, before the index.
        Volatile.Write(ref _used[1], _next);
        _inflight.Completed(slot, _next);
        _untold = true;
        return true;
    }

    /// <inheritdoc/>
    public override bool MustInterrupt(MemoryTable table)
    {
        if (!_untold || !TryBind(table))
            return false;
        // The index is out before the guest's wish is read: it does it the other way round.
        Interlocked.MemoryBarrier();
        var (old, first) = (_told, !_everTold);
        (_told, _everTold, _untold) = (_next, true, false);
        if (!_setup.EventIndex)
            return (Volatile.Read(ref _available[0]) & NoInterrupt) == 0;
        var wanted = Volatile.Read(ref _available[2 + _setup.Size]);
        return first || (ushort)(_next - wanted - 1) < (ushort)(_next - old);
    }
}
