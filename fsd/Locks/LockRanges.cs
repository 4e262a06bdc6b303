using System;
using System.Collections.Generic;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Locks;

/// <summary>
/// The ranges that owners have locked, by the rules of fcntl(2): a new one replaces what it covers, splits what it cuts and joins
/// its like. The host's kernel decides; this tells who is in the way, and how much there is. Not thread-safe.
/// </summary>
internal sealed unsafe class LockRanges : IDisposable
{
    private const int Chunks = 8;

    private readonly SharedSlots<LockRange> _table;
    private readonly SlotShard<LockRange> _slots;

    /// <summary>Maps a table.</summary>
    /// <param name="file">Its file; owned from here on.</param>
    public LockRanges(OwnedFd file)
    {
        _table = new SharedSlots<LockRange>(file, 1, Chunks);
        _slots = _table.Shards[0];
    }

    /// <summary>Ranges that there is room for.</summary>
    public int Capacity => _slots.Capacity;

    /// <summary>Ranges in all.</summary>
    public int Count { get; private set; }

    /// <summary>Makes the file of an empty table.</summary>
    public static OwnedFd CreateFile() => SharedSlots<LockRange>.CreateFile("katanet-ranges", 1, Chunks);

    /// <summary>How many more ranges there can be after a change.</summary>
    /// <param name="first">First range of the owner, plus 1.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Last byte.</param>
    /// <param name="type">F_RDLCK, F_WRLCK or F_UNLCK.</param>
    public int Needed(int first, ulong start, ulong end, uint type)
    {
        var needed = type == Fcntl.F_UNLCK ? 0 : 1;
        for (var next = first; next != 0; next = _slots.At(next - 1)->Next)
        {
            var range = _slots.At(next - 1);
            if (range->Type != type && range->Start < start && range->End > end)
                needed++;
        }

        return needed;
    }

    /// <summary>Locks or unlocks a range.</summary>
    /// <param name="owner">Index of the owner.</param>
    /// <param name="first">Its first range, plus 1.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Last byte.</param>
    /// <param name="type">F_RDLCK, F_WRLCK or F_UNLCK.</param>
    /// <param name="pid">Process.</param>
    /// <returns>Whether something is locked less than before, so that others may go on.</returns>
    public bool Apply(int owner, ref int first, ulong start, ulong end, uint type, uint pid)
    {
        var weaker = false;
        fixed (int* head = &first)
        {
            var link = head;
            while (*link != 0)
            {
                var range = _slots.At(*link - 1);
                var alike = range->Type == type;
                if (range->End < start && !(alike && range->End + 1 == start))
                {
                    link = &range->Next;
                    continue;
                }

                if (range->Start > end && !(alike && end + 1 == range->Start))
                    break;
                if (alike)
                {
                    start = Math.Min(start, range->Start);
                    end = Math.Max(end, range->End);
                    Remove(link);
                    continue;
                }

                weaker |= type != Fcntl.F_WRLCK;
                link = Cut(link, range, start, end, out var last);
                if (last)
                    break;
            }

            if (type != Fcntl.F_UNLCK)
                *link = Add(owner, start, end, type, pid, *link) + 1;
        }

        return weaker;
    }

    /// <summary>Drops all ranges of an owner.</summary>
    public void Clear(ref int first)
    {
        fixed (int* head = &first)
        {
            while (*head != 0)
                Remove(head);
        }
    }

    /// <summary>Finds a range that is in the way of a lock.</summary>
    /// <param name="first">First range of another owner, plus 1.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Last byte.</param>
    /// <param name="type">F_RDLCK or F_WRLCK.</param>
    /// <returns>The range, or null.</returns>
    public LockRange* FindConflict(int first, ulong start, ulong end, uint type)
    {
        for (var next = first; next != 0;)
        {
            var range = _slots.At(next - 1);
            if (range->Start <= end && range->End >= start && (type == Fcntl.F_WRLCK || range->Type == Fcntl.F_WRLCK))
                return range;
            next = range->Next;
        }

        return null;
    }

    /// <summary>The ranges of an owner, one after the other.</summary>
    /// <param name="next">First range, plus 1, at the start; the next one afterwards.</param>
    /// <returns>The range, or null at the end.</returns>
    public LockRange* Take(ref int next)
    {
        if (next == 0)
            return null;
        var range = _slots.At(next - 1);
        next = range->Next;
        return range;
    }

    /// <summary>Takes the ranges out that a dead worker left, to be locked anew: it may have died in the midst of a change.</summary>
    public IReadOnlyList<LockRange> TakeAll()
    {
        var all = new List<LockRange>();
        for (var i = _slots.NextLive(0); i >= 0; i = _slots.NextLive(i + 1))
        {
            all.Add(*_slots.At(i));
            _slots.At(i)->IsLive = false;
        }

        _slots.EndClaims();
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    // Takes the part from start to end out of a range that overlaps it. Returns the link where that part would be put.
    private int* Cut(int* link, LockRange* range, ulong start, ulong end, out bool last)
    {
        last = range->End > end;
        if (range->Start < start)
        {
            if (last)
                range->Next = Add(range->Owner, end + 1, range->End, range->Type, range->Pid, range->Next) + 1;
            range->End = start - 1;
            return &range->Next;
        }

        if (last)
            range->Start = end + 1;
        else
            Remove(link);
        return link;
    }

    private int Add(int owner, ulong start, ulong end, uint type, uint pid, int next)
    {
        var index = _slots.Take();
        var slot = _slots.At(index);
        *slot = new LockRange { Start = start, End = end, Type = type, Pid = pid, Owner = owner, Next = next };
        slot->IsLive = true;
        Count++;
        return index;
    }

    private void Remove(int* link)
    {
        var index = *link - 1;
        var slot = _slots.At(index);
        *link = slot->Next;
        slot->IsLive = false;
        Count--;
        var chunk = _slots.Return(index);
        if (chunk < 0)
            return;
        _slots.Release(chunk);
        _slots.Reopen(chunk);
    }
}
