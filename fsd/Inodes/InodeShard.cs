using System;
using System.Threading;
using KataShimNet.Fsd.State;

namespace KataShimNet.Fsd.Inodes;

/// <summary>A part of the inode table: records and an index over them. Every member is used under <see cref="Lock"/>.</summary>
internal sealed unsafe class InodeShard : IDisposable
{
    /// <summary>Guards all below. No system call is made under it, and no other lock is taken.</summary>
    public readonly Lock Lock = new();

    private readonly MountTable _mounts;
    private readonly InodeIndex _index = new();
    private readonly InodeIndex.HashOf _hashOf;

    /// <summary>Makes a shard with nothing in it.</summary>
    /// <param name="slots">Its records.</param>
    /// <param name="mounts">What they are on.</param>
    public InodeShard(SlotShard<InodeSlot> slots, MountTable mounts)
    {
        Slots = slots;
        _mounts = mounts;
        _hashOf = HashOf;
    }

    /// <summary>The records.</summary>
    public SlotShard<InodeSlot> Slots { get; }

    /// <summary>Records with a descriptor that the clock may close.</summary>
    public ClockQueue Queue { get; } = new();

    /// <summary>Finds a live record by which lookups are answered; −1 when there is none.</summary>
    public int Find(int mount, ulong inode, ulong hash)
    {
        var probe = _index.Find(hash);
        for (var index = probe.Next(); index >= 0; index = probe.Next())
        {
            var slot = Slots.At(index);
            if (slot->Inode == inode && slot->Mount == mount)
                return index;
        }

        return -1;
    }

    /// <summary>Lets lookups find a record, whose identity is set.</summary>
    public void Link(int index, ulong hash) => _index.Add(index, hash, _hashOf);

    /// <summary>Lets no lookup find a record any more.</summary>
    public void Unlink(int index) => _index.Remove(index, HashOf(index), _hashOf);

    /// <inheritdoc/>
    public void Dispose()
    {
        _index.Dispose();
        Queue.Dispose();
    }

    private ulong HashOf(int index)
    {
        var slot = Slots.At(index);
        return _mounts.At(slot->Mount)->Hash(slot->Inode);
    }
}
