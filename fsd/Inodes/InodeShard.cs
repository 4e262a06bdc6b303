using System.Threading;

namespace KataShimNet.Fsd.Inodes;

/// <summary>A part of the inode table: slots and a chained hash over them. Every member is used under <see cref="Lock"/>.</summary>
internal sealed class InodeShard
{
    /// <summary>Guards all below. No system call is made under it, and no other lock is taken.</summary>
    public readonly Lock Lock = new();

    /// <summary>The slots.</summary>
    public SlotStore<InodeSlot> Slots;

    // Index of the first slot of a chain, plus 1. A power of two; doubled when there are as many inodes.
    private int[] _buckets = new int[64];
    private int _linked;

    /// <summary>Finds a live slot; −1 when there is none.</summary>
    public unsafe int Find(in InodeKey key, ulong hash)
    {
        for (var index = _buckets[Bucket(hash)] - 1; index >= 0;)
        {
            var slot = Slots.At(index);
            if (slot->Key == key)
                return index;
            index = slot->Next - 1;
        }

        return -1;
    }

    /// <summary>Puts a slot, whose key is set, into its chain.</summary>
    public unsafe void Link(int index, ulong hash)
    {
        if (++_linked > _buckets.Length)
            Grow(index);
        ref var bucket = ref _buckets[Bucket(hash)];
        Slots.At(index)->Next = bucket;
        bucket = index + 1;
    }

    /// <summary>Takes a slot out of its chain: it is live no more.</summary>
    public unsafe void Unlink(int index)
    {
        var slot = Slots.At(index);
        slot->Live = false;
        _linked--;
        ref var bucket = ref _buckets[Bucket(slot->Key.Hash())];
        if (bucket == index + 1)
        {
            bucket = slot->Next;
            return;
        }

        var before = Slots.At(bucket - 1);
        while (before->Next != index + 1)
            before = Slots.At(before->Next - 1);
        before->Next = slot->Next;
    }

    private int Bucket(ulong hash) => (int)(hash >> 32) & (_buckets.Length - 1);

    private unsafe void Grow(int except)
    {
        _buckets = new int[_buckets.Length * 2];
        for (var i = 0; i < Slots.Used; i++)
        {
            var slot = Slots.At(i);
            if (!slot->Live || i == except)
                continue;
            ref var bucket = ref _buckets[Bucket(slot->Key.Hash())];
            slot->Next = bucket;
            bucket = i + 1;
        }
    }
}
