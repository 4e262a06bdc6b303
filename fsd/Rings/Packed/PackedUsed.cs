using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;

namespace KataShimNet.Fsd.Rings.Packed;

/// <summary>Gives requests of a packed ring back (virtio 1.3, section 2.8.6). Used by any thread, under the queue's lock, with memory held.</summary>
internal sealed unsafe class PackedUsed : UsedSide
{
    // The driver's event suppression structure (section 2.8.14): le16 offset and wrap, le16 flags.
    private const uint EventsDisabled = 1;
    private const uint EventsAtDescriptor = 2;

    private readonly RingSetup _setup;
    private readonly PackedInflight _inflight;

    // Translated by _boundTo and valid as long as the caller holds that.
    private MemoryTable? _boundTo;
    private PackedDescriptor* _ring;
    private uint* _events;

    private ushort _next;
    private bool _wrap;

    // Up to where the guest was told. Not known at first, nor when the ring went round since: then it is told always.
    private ushort _told;
    private bool _toldIsKnown;
    private bool _untold;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    /// <param name="inflight">Records of its requests.</param>
    public PackedUsed(in RingSetup setup, PackedInflight inflight)
    {
        _setup = setup;
        _inflight = inflight;
    }

    /// <inheritdoc/>
    public override uint Position => PackedPosition.Of(0, false, _next, _wrap);

    /// <inheritdoc/>
    public override bool TryBind(MemoryTable table)
    {
        if (ReferenceEquals(_boundTo, table))
            return true;
        _ring = (PackedDescriptor*)table.TranslateUser(_setup.Descriptors, _setup.DescriptorBytes);
        _events = (uint*)table.TranslateUser(_setup.Available, _setup.AvailableBytes);
        _boundTo = _ring == null || _events == null ? null : table;
        return _boundTo is not null;
    }

    /// <inheritdoc/>
    public override void Begin(bool resumed)
    {
        var positions = _inflight.Positions;
        (_next, _wrap) = (positions.Used, positions.UsedWrap != 0);
        _toldIsKnown = false;
        _untold = resumed;
    }

    /// <summary>Whether a place in the ring still holds what the driver made available in a round.</summary>
    /// <param name="index">The place.</param>
    /// <param name="wrap">Wrap counter of the round.</param>
    public bool IsStillAvailable(ushort index, bool wrap) => PackedDescriptor.IsAvailable(Volatile.Read(ref _ring[index].Flags), wrap);

    /// <inheritdoc/>
    public override bool TryPut(MemoryTable table, ushort slot, uint written)
    {
        if (!TryBind(table))
            return false;
        var request = _inflight.At(slot);
        var (old, oldWrap) = (_next, _wrap);
        var next = _next + request->Num;
        if (next >= _setup.Size)
        {
            next -= _setup.Size;
            _wrap = !_wrap;
            _toldIsKnown = false;
        }

        _next = (ushort)next;
        _inflight.Completing(slot, UsedPositions.Between(old, oldWrap, _next, _wrap));
        var place = _ring + old;
        place->Id = _inflight.At(request->Last)->Id;
        place->Length = written;
        // Release: all of it, and what was written for the request, before the flags. Bytes count only with the flag for writing.
        Volatile.Write(ref place->Flags, (ushort)(PackedDescriptor.UsedFlags(oldWrap) | (written > 0 ? Descriptor.Writable : 0)));
        _inflight.Completed(slot, UsedPositions.At(_next, _wrap));
        _untold = true;
        return true;
    }

    /// <inheritdoc/>
    public override bool MustInterrupt(MemoryTable table)
    {
        if (!_untold || !TryBind(table))
            return false;
        // The request is out before the guest's wish is read: it does it the other way round.
        Interlocked.MemoryBarrier();
        var (old, known) = (_told, _toldIsKnown);
        (_told, _toldIsKnown, _untold) = (_next, true, false);
        var wish = Volatile.Read(ref *_events);
        var flags = wish >> 16;
        if (flags == EventsDisabled)
            return false;
        if (flags != EventsAtDescriptor || !_setup.EventIndex || !known)
            return true;
        var at = (int)(wish & 0x7fff);
        if (_wrap != ((wish & 0x8000) != 0))
            at -= _setup.Size;
        return (ushort)(_next - at - 1) < (ushort)(_next - old);
    }
}
