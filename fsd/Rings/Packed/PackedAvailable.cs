using System;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;

namespace KataShimNet.Fsd.Rings.Packed;

/// <summary>Takes requests from a packed ring (virtio 1.3, section 2.8). Used by the queue's thread alone, inside of memory.</summary>
/// <remarks>
/// The driver writes a request's first flags last, so all of it is there once they say available. We say by our event suppression structure
/// (section 2.8.14: le16 offset and wrap, le16 flags) when we want to be woken.
/// </remarks>
internal sealed unsafe class PackedAvailable : AvailableSide
{
    private const uint EventsEnabled = 0u << 16;
    private const uint EventsDisabled = 1u << 16;
    private const uint EventsAtDescriptor = 2u << 16;

    private readonly RingSetup _setup;
    private readonly PackedInflight _inflight;

    // Translated by _boundTo and valid as long as that is current.
    private MemoryTable? _boundTo;
    private PackedDescriptor* _ring;
    private uint* _events;

    private ushort _next;
    private bool _wrap;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public PackedAvailable(in RingSetup setup, PackedInflight inflight)
    {
        _setup = setup;
        _inflight = inflight;
        _next = PackedPosition.AvailableIndex(setup.Base);
        _wrap = PackedPosition.AvailableWrap(setup.Base);
    }

    /// <inheritdoc/>
    public override uint Position => PackedPosition.Of(_next, _wrap, 0, false);

    /// <inheritdoc/>
    public override bool TryBind(MemoryTable table)
    {
        if (ReferenceEquals(_boundTo, table))
            return true;
        _ring = (PackedDescriptor*)table.TranslateUser(_setup.Descriptors, _setup.DescriptorBytes);
        _events = (uint*)table.TranslateUser(_setup.Used, _setup.UsedBytes);
        _boundTo = _ring == null || _events == null ? null : table;
        return _boundTo is not null;
    }

    /// <inheritdoc/>
    public override bool HasWork(MemoryTable table) => !TryBind(table) || IsWaiting;

    /// <inheritdoc/>
    public override TakeResult TryTake(MemoryTable table, DescriptorChain chain)
    {
        if (!TryBind(table))
            return Break(RingFault.Unmapped);
        // Acquire: the rest of the request was written before these flags.
        if (!IsWaiting)
            return TakeResult.Empty;
        var (next, wrap, slot) = (_next, _wrap, _inflight.Free);
        for (ushort count = 1; ; count++)
        {
            // More than the ring has entries: of this request, or of all that are in flight.
            if (count > _inflight.Room)
                return Break(RingFault.IndexJumped);
            var descriptor = MemoryMarshal.Read<PackedDescriptor>(new ReadOnlySpan<byte>(_ring + next, PackedDescriptor.TotalSize));
            var last = slot;
            slot = _inflight.Write(slot, descriptor);
            if (++next == _setup.Size)
                (next, wrap) = (0, !wrap);
            if ((descriptor.Flags & Descriptor.HasNext) == 0)
            {
                (_next, _wrap) = (next, wrap);
                return Follow(table, _inflight.Begin(last, count), chain);
            }

            if (slot >= _setup.Size)
                return Break(RingFault.IndexJumped);
        }
    }

    /// <inheritdoc/>
    public override TakeResult Retake(MemoryTable table, ushort slot, DescriptorChain chain) =>
        TryBind(table) ? Follow(table, slot, chain) : Break(RingFault.Unmapped);

    /// <inheritdoc/>
    public override bool TryArm(MemoryTable table)
    {
        if (!TryBind(table))
            return false;
        Volatile.Write(ref *_events, _setup.EventIndex ? EventsAtDescriptor | (ushort)Position : EventsEnabled);
        // The driver shows a request and then looks whether we want to know; we do it the other way round.
        Interlocked.MemoryBarrier();
        return !IsWaiting;
    }

    /// <inheritdoc/>
    public override void Disarm(MemoryTable table)
    {
        if (!_setup.EventIndex && TryBind(table))
            Volatile.Write(ref *_events, EventsDisabled);
    }

    private bool IsWaiting => PackedDescriptor.IsAvailable(Volatile.Read(ref _ring[_next].Flags), _wrap);

    private TakeResult Follow(MemoryTable table, ushort slot, DescriptorChain chain)
    {
        chain.Reset(slot);
        Fault = ChainReader.ReadPacked(_inflight, _setup.Indirect, table, slot, chain);
        return Fault == RingFault.None ? TakeResult.Request : TakeResult.Malformed;
    }
}
