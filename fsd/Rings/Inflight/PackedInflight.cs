using System.Threading;
using KataShimNet.Fsd.Rings.Packed;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>
/// In-flight records of a packed ring: every descriptor of a request is kept, for its place in the ring is written over by others that
/// are given back before it. A slot is the first record of a request; records that belong to none are in a list.
/// </summary>
internal sealed unsafe class PackedInflight : InflightRecords
{
    private readonly QueueRegionPacked* _region;
    private readonly DescStatePacked* _states;

    // Both under the queue's rules for taking and giving back. A record that is being written is still in the list.
    private ushort _free;
    private int _taken;

    /// <summary>Makes the records of a ring.</summary>
    /// <param name="part">Their memory.</param>
    public PackedInflight(InflightPart part)
        : base(part)
    {
        _region = (QueueRegionPacked*)part.Region;
        _states = (DescStatePacked*)(part.Region + QueueRegionPacked.TotalSize);
    }

    /// <summary>Where the next request is given back.</summary>
    public UsedPositions Positions => new() { Whole = Volatile.Read(ref _region->Positions.Whole) };

    /// <summary>A record.</summary>
    /// <param name="slot">Its number; one that cannot be is taken for 0.</param>
    public DescStatePacked* At(ushort slot) => _states + Bounded(slot);

    /// <summary>The first free record: the next request's slot.</summary>
    public ushort Free => _free;

    /// <summary>Records that are free.</summary>
    public int Room => Part.Size - _taken;

    /// <summary>Writes a descriptor of a request that is being taken.</summary>
    /// <param name="slot">A free record.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>The free record for the next one.</returns>
    public ushort Write(ushort slot, in PackedDescriptor descriptor)
    {
        var state = _states + slot;
        state->Id = descriptor.Id;
        state->Flags = descriptor.Flags;
        state->Length = descriptor.Length;
        state->Address = descriptor.Address;
        return Bounded(state->Next);
    }

    /// <summary>A request was taken, and all its descriptors were written.</summary>
    /// <param name="last">The last record.</param>
    /// <param name="count">Records.</param>
    /// <returns>Its slot.</returns>
    public ushort Begin(ushort last, ushort count)
    {
        var head = _free;
        var state = _states + head;
        state->Num = count;
        state->Last = last;
        state->Counter = ++Counter;
        Part.Marks[head].Start = RequestMark.Running;
        Volatile.Write(ref state->Inflight, 1);
        _free = Bounded(_states[last].Next);
        _taken += count;
        _region->FreeHead = _region->OldFreeHead = _free;
        return head;
    }

    /// <summary>A request is about to be given back: if its place in the ring is found to be used, it was this one.</summary>
    /// <param name="slot">The request.</param>
    /// <param name="positions">Where it is given back, and where the next one will be.</param>
    public void Completing(ushort slot, UsedPositions positions)
    {
        _states[Bounded(_states[slot].Last)].Next = _free;
        Volatile.Write(ref _region->FreeHead, slot);
        Volatile.Write(ref _region->Positions.Whole, positions.Whole);
    }

    /// <summary>A request was given back.</summary>
    /// <param name="slot">The request.</param>
    /// <param name="positions">Where the next one will be.</param>
    public void Completed(ushort slot, UsedPositions positions)
    {
        Volatile.Write(ref _states[slot].Inflight, 0);
        _taken -= _states[slot].Num;
        _free = slot;
        _region->OldFreeHead = slot;
        Volatile.Write(ref _region->Positions.Whole, positions.Whole);
    }

    /// <inheritdoc/>
    public override uint Recover(UsedSide used, uint position)
    {
        if (_region->Version != 1 || _region->Count != Part.Size || Positions.Used >= Part.Size || Positions.OldUsed >= Part.Size)
        {
            Clear(position);
            return position;
        }

        var positions = Positions;
        if (positions.IsBetween)
            positions = Settle(positions, (PackedUsed)used);
        Volatile.Write(ref _region->Positions.Whole, positions.Whole);
        _taken = RebuildFree();
        var next = positions.Used + _taken;
        var wrap = positions.UsedWrap != 0;
        if (next >= Part.Size)
        {
            next -= Part.Size;
            wrap = !wrap;
        }

        return PackedPosition.Of((ushort)next, wrap, positions.Used, positions.UsedWrap != 0);
    }

    /// <inheritdoc/>
    public override void Clear(uint position)
    {
        for (ushort slot = 0; slot < Part.Size; slot++)
            Volatile.Write(ref _states[slot].Inflight, 0);
        _region->Features = 0;
        _region->Count = Part.Size;
        var used = (ushort)(PackedPosition.UsedIndex(position) < Part.Size ? PackedPosition.UsedIndex(position) : 0);
        _region->Positions.Whole = UsedPositions.At(used, PackedPosition.UsedWrap(position)).Whole;
        _taken = RebuildFree();
        Volatile.Write(ref _region->Version, 1);
    }

    /// <inheritdoc/>
    public override bool IsInflight(ushort slot) => Volatile.Read(ref _states[slot].Inflight) == 1;

    /// <inheritdoc/>
    protected override ulong CounterOf(ushort slot) => _states[slot].Counter;

    // A front end that gave the memory can write to it at any time; a wrong number then costs its own requests, not our memory.
    private ushort Bounded(ushort slot) => slot < Part.Size ? slot : (ushort)0;

    // What was given back is seen by the driver as soon as the flags of its place say so.
    private UsedPositions Settle(UsedPositions positions, PackedUsed used)
    {
        var oldWrap = positions.OldUsedWrap != 0;
        if (used.IsStillAvailable(positions.OldUsed, oldWrap))
            return UsedPositions.At(positions.OldUsed, oldWrap);
        var slot = _region->FreeHead;
        if (slot < Part.Size)
            Volatile.Write(ref _states[slot].Inflight, 0);
        return UsedPositions.At(positions.Used, positions.UsedWrap != 0);
    }

    // The list is made anew from what is in flight: its links may be those of a moment in the middle of a change.
    private int RebuildFree()
    {
        var taken = new bool[Part.Size];
        var count = 0;
        for (ushort slot = 0; slot < Part.Size; slot++)
        {
            if (!IsInflight(slot))
                continue;
            if (IsWhole(slot, taken))
                count += _states[slot].Num;
            else
                Volatile.Write(ref _states[slot].Inflight, 0);
        }

        var next = (ushort)0;
        for (var slot = Part.Size - 1; slot >= 0; slot--)
        {
            if (taken[slot])
                continue;
            _states[slot].Next = next;
            next = (ushort)slot;
        }

        _free = next;
        _region->FreeHead = _region->OldFreeHead = next;
        return count;
    }

    // A front end can write here: what makes no sense is not followed.
    private bool IsWhole(ushort slot, bool[] taken)
    {
        var state = _states[slot];
        if (state.Num == 0 || state.Num > Part.Size || state.Last >= Part.Size)
            return false;
        var at = slot;
        for (var i = 0; i < state.Num; i++)
        {
            if (at >= Part.Size || taken[at] || (i > 0 && IsInflight(at)))
                return false;
            if (i == state.Num - 1 && at != state.Last)
                return false;
            at = _states[at].Next;
        }

        at = slot;
        for (var i = 0; i < state.Num; i++, at = _states[at].Next)
            taken[at] = true;
        return true;
    }
}
