using System;
using System.Threading;

namespace KataShimNet.Fsd.Rings.Inflight;

/// <summary>In-flight records of a split ring: a slot is the head of its request.</summary>
internal sealed unsafe class SplitInflight : InflightRecords
{
    private readonly QueueRegionSplit* _region;
    private readonly DescStateSplit* _states;

    /// <summary>Makes the records of a ring.</summary>
    /// <param name="part">Their memory.</param>
    public SplitInflight(InflightPart part)
        : base(part)
    {
        _region = (QueueRegionSplit*)part.Region;
        _states = (DescStateSplit*)(part.Region + QueueRegionSplit.TotalSize);
    }

    /// <summary>A request was taken.</summary>
    /// <param name="head">Its head.</param>
    public void Begin(ushort head)
    {
        Part.Marks[head].Start = RequestMark.Running;
        _states[head].Counter = ++Counter;
        Volatile.Write(ref _states[head].Inflight, 1);
    }

    /// <summary>A request is about to be given back: if the used index is found to have moved on, it was this one.</summary>
    /// <param name="head">Its head.</param>
    public void Completing(ushort head)
    {
        _states[head].Next = _region->LastBatchHead;
        Volatile.Write(ref _region->LastBatchHead, head);
    }

    /// <summary>A request was given back.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="usedIndex">The used index behind it.</param>
    public void Completed(ushort head, ushort usedIndex)
    {
        Volatile.Write(ref _states[head].Inflight, 0);
        Volatile.Write(ref _region->UsedIndex, usedIndex);
    }

    /// <inheritdoc/>
    public override uint Recover(UsedSide used, uint position)
    {
        if (_region->Version != 1 || _region->Count != Part.Size)
        {
            Clear(position);
            return position;
        }

        var index = (ushort)used.Position;
        var batch = Math.Min((ushort)(index - _region->UsedIndex), Part.Size);
        var head = _region->LastBatchHead;
        for (var i = 0; i < batch && head < Part.Size; i++, head = _states[head].Next)
            Volatile.Write(ref _states[head].Inflight, 0);
        Volatile.Write(ref _region->UsedIndex, index);
        ushort waiting = 0;
        for (ushort slot = 0; slot < Part.Size; slot++)
        {
            if (IsInflight(slot))
                waiting++;
        }

        return (ushort)(index + waiting);
    }

    /// <inheritdoc/>
    public override void Clear(uint position)
    {
        for (ushort slot = 0; slot < Part.Size; slot++)
            Volatile.Write(ref _states[slot].Inflight, 0);
        _region->Features = 0;
        _region->Count = Part.Size;
        _region->LastBatchHead = 0;
        _region->UsedIndex = (ushort)position;
        Volatile.Write(ref _region->Version, 1);
    }

    /// <inheritdoc/>
    public override bool IsInflight(ushort slot) => Volatile.Read(ref _states[slot].Inflight) == 1;

    /// <inheritdoc/>
    protected override ulong CounterOf(ushort slot) => _states[slot].Counter;
}
