using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;

namespace KataShimNet.Fsd.Rings.Split;

/// <summary>The guest's side of a split ring: descriptor table and available ring. Used by the queue thread alone, inside of memory.</summary>
/// <remarks>
/// Layout of the available ring (virtio 1.3, section 2.7.6): le16 flags, le16 idx, le16 ring[size], le16 used_event. The event index by
/// which the guest is told when to wake us lies at the end of the *used* ring.
/// </remarks>
internal sealed unsafe class AvailableRing : AvailableSide
{
    // Used ring's flags: the guest need not wake us.
    private const ushort NoNotify = 1;

    private readonly RingSetup _setup;
    private readonly SplitInflight _inflight;

    // Translated by _boundTo and valid as long as that is current.
    private MemoryTable? _boundTo;
    private byte* _descriptors;
    private ushort* _available;
    private ushort* _used;

    private ushort _next;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public AvailableRing(in RingSetup setup, SplitInflight inflight)
    {
        _setup = setup;
        _inflight = inflight;
        _next = (ushort)setup.Base;
    }

    /// <inheritdoc/>
    public override uint Position => _next;

    /// <inheritdoc/>
    public override bool TryBind(MemoryTable table)
    {
        if (ReferenceEquals(_boundTo, table))
            return true;
        _descriptors = table.TranslateUser(_setup.Descriptors, _setup.DescriptorBytes);
        _available = (ushort*)table.TranslateUser(_setup.Available, _setup.AvailableBytes);
        _used = (ushort*)table.TranslateUser(_setup.Used, _setup.UsedBytes);
        _boundTo = _descriptors == null || _available == null || _used == null ? null : table;
        return _boundTo is not null;
    }

    /// <inheritdoc/>
    public override bool HasWork(MemoryTable table) => !TryBind(table) || Volatile.Read(ref _available[1]) != _next;

    /// <inheritdoc/>
    public override TakeResult TryTake(MemoryTable table, DescriptorChain chain)
    {
        if (!TryBind(table))
            return Break(RingFault.Unmapped);
        // Acquire: entries and descriptors were written before the index.
        var waiting = (ushort)(Volatile.Read(ref _available[1]) - _next);
        if (waiting == 0)
            return TakeResult.Empty;
        if (waiting > _setup.Size)
            return Break(RingFault.IndexJumped);
        var head = Volatile.Read(ref _available[2 + (_next & (_setup.Size - 1))]);
        if (head >= _setup.Size)
            return Break(RingFault.HeadOutOfRange);
        if (_inflight.IsInflight(head))
            return Break(RingFault.HeadInFlight);
        _next++;
        _inflight.Begin(head);
        return Follow(table, head, chain);
    }

    /// <inheritdoc/>
    public override TakeResult Retake(MemoryTable table, ushort slot, DescriptorChain chain) =>
        TryBind(table) ? Follow(table, slot, chain) : Break(RingFault.Unmapped);

    /// <inheritdoc/>
    public override bool TryArm(MemoryTable table)
    {
        if (!TryBind(table))
            return false;
        if (_setup.EventIndex)
            Volatile.Write(ref *AvailableEvent, _next);
        else
            Volatile.Write(ref _used[0], 0);
        // The guest writes its index and then looks whether we want to know; we do it the other way round.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _available[1]) == _next;
    }

    /// <inheritdoc/>
    public override void Disarm(MemoryTable table)
    {
        if (!_setup.EventIndex && TryBind(table))
            Volatile.Write(ref _used[0], NoNotify);
    }

    private ushort* AvailableEvent => _used + 2 + 4 * _setup.Size;

    private TakeResult Follow(MemoryTable table, ushort head, DescriptorChain chain)
    {
        Fault = ChainReader.Read(_descriptors, _setup.Size, _setup.Indirect, table, head, chain);
        return Fault == RingFault.None ? TakeResult.Request : TakeResult.Malformed;
    }
}
