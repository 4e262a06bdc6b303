using System;
using System.Collections.Generic;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Locks;

/// <summary>The owners of locks, by file. Not thread-safe: the lock table has a lock.</summary>
internal sealed unsafe class LockOwners : IDisposable
{
    private const int Chunks = 2;

    // The first owner of each file that has some.
    private readonly Dictionary<ulong, int> _files = [];
    private readonly SharedSlots<LockOwner> _table;
    private readonly SlotShard<LockOwner> _slots;

    /// <summary>Maps a table.</summary>
    /// <param name="file">Its file; owned from here on.</param>
    public LockOwners(OwnedFd file)
    {
        _table = Map(file);
        _slots = _table.Shards[0];
    }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Owners that there is room for.</summary>
    public int Capacity => _slots.Capacity;

    /// <summary>Makes the file of an empty table.</summary>
    public static OwnedFd CreateFile() => SharedSlots<LockOwner>.CreateFile("katanet-locks", 1, Chunks);

    /// <summary>Maps the records alone.</summary>
    /// <param name="file">Their file; owned from here on.</param>
    public static SharedSlots<LockOwner> Map(OwnedFd file) => new(file, 1, Chunks);

    /// <summary>Whether there is an owner at an index.</summary>
    public bool IsTaken(int index) => _slots.IsTaken(index);

    /// <summary>The next owner from an index on, or −1.</summary>
    public int NextTaken(int index) => _slots.NextTaken(index);

    /// <summary>The slot at an index.</summary>
    public LockOwner* At(int index) => _slots.At(index);

    /// <summary>The first owner of a file, or −1.</summary>
    public int First(ulong nodeId) => _files.TryGetValue(nodeId, out var index) ? index : -1;

    /// <summary>The next owner of the same file, or −1.</summary>
    public int After(int index) => _slots.At(index)->Next - 1;

    /// <summary>Finds an owner; −1 when it has nothing there.</summary>
    public int Find(ulong nodeId, ulong owner, bool flock)
    {
        for (var index = First(nodeId); index >= 0; index = After(index))
        {
            var slot = _slots.At(index);
            if (slot->Owner == owner && slot->Flock == flock)
                return index;
        }

        return -1;
    }

    /// <summary>Adds an owner.</summary>
    /// <param name="owner">The record, but for its place in the list and <see cref="LockOwner.IsLive"/>.</param>
    /// <returns>Its index.</returns>
    public int Add(LockOwner owner)
    {
        var index = _slots.Take();
        owner.Next = First(owner.NodeId) + 1;
        owner.IsLive = false;
        var slot = _slots.At(index);
        *slot = owner;
        slot->IsLive = true;
        _files[owner.NodeId] = index;
        Count++;
        return index;
    }

    /// <summary>Removes an owner.</summary>
    public void Remove(int index)
    {
        var slot = _slots.At(index);
        slot->IsLive = false;
        var first = First(slot->NodeId);
        if (first == index)
        {
            if (slot->Next == 0)
                _files.Remove(slot->NodeId);
            else
                _files[slot->NodeId] = slot->Next - 1;
        }
        else
        {
            while (After(first) != index)
                first = After(first);
            _slots.At(first)->Next = slot->Next;
        }

        Count--;
        var chunk = _slots.Return(index);
        if (chunk < 0)
            return;
        _slots.Release(chunk);
        _slots.Reopen(chunk);
    }

    /// <summary>Takes up what a dead worker left. Owners are listed anew, without ranges.</summary>
    /// <param name="check">Makes a record this process's own, or says that it is of no use.</param>
    public void Recover(RecordCheck check)
    {
        for (var index = _slots.NextLive(0); index >= 0; index = _slots.NextLive(index + 1))
        {
            var slot = _slots.At(index);
            (slot->Ranges, slot->Waiting) = (0, 0);
            if (!check(slot))
            {
                slot->IsLive = false;
                continue;
            }

            _slots.Claim(index);
            slot->Next = First(slot->NodeId) + 1;
            _files[slot->NodeId] = index;
            Count++;
        }

        _slots.EndClaims();
    }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    /// <summary>Looks at a record that a dead worker left.</summary>
    public delegate bool RecordCheck(LockOwner* owner);
}
