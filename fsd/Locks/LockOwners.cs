using System.Collections.Generic;
using KataShimNet.Fsd.Inodes;

namespace KataShimNet.Fsd.Locks;

/// <summary>The owners of locks, by file. Not thread-safe: the lock table has a lock.</summary>
internal sealed unsafe class LockOwners
{
    // The first owner of each file that has some.
    private readonly Dictionary<ulong, int> _files = [];
    private SlotStore<LockOwner> _slots;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Slots that were ever in use.</summary>
    public int Used => _slots.Used;

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
    /// <param name="owner">The slot, but for its place in the list and <see cref="LockOwner.Live"/>.</param>
    /// <returns>Its index.</returns>
    public int Add(LockOwner owner)
    {
        var index = _slots.Take();
        owner.Next = First(owner.NodeId) + 1;
        owner.Live = false;
        var slot = _slots.At(index);
        *slot = owner;
        slot->Live = true;
        _files[owner.NodeId] = index;
        Count++;
        return index;
    }

    /// <summary>Removes an owner.</summary>
    public void Remove(int index)
    {
        var slot = _slots.At(index);
        slot->Live = false;
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

        _slots.Return(index);
        Count--;
    }
}
