using System.Threading;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <content>Names that are removed.</content>
/// <remarks>
/// The rule: an inode whose last name goes has its descriptor, and the clock leaves it alone as long as it has no name. While every
/// record has its descriptor, which is so until the guest knows more than the budget allows, a removal costs nothing. After that it is
/// looked up first (one statx), and opened when it is known by its handle alone. What others than this guest remove is not guarded:
/// an inode that is only known by its handle is ESTALE then.
/// </remarks>
internal sealed unsafe partial class InodeTable
{
    /// <summary>To be called before a name is removed or written over.</summary>
    /// <param name="parent">Its directory.</param>
    /// <param name="name">The name.</param>
    public RemovalGuard GuardRemoval(in InodePin parent, byte* name)
    {
        // With the clock this is: each says what it does, and then looks what the other does.
        Interlocked.Increment(ref _removals);
        if (Volatile.Read(ref _unopened) == 0)
            return new RemovalGuard(this, 0);
        Interlocked.Decrement(ref _removals);
        return GuardKnown(parent, name);
    }

    /// <summary>Ends a guard.</summary>
    internal void EndRemoval(ulong nodeId)
    {
        if (nodeId == 0)
            Interlocked.Decrement(ref _removals);
        else
            Unpin(nodeId);
    }

    private RemovalGuard GuardKnown(in InodePin parent, byte* name)
    {
        Statx statx;
        if (SysStat.statx(parent.Fd, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_INO | SysStat.STATX_MNT_ID, &statx) < 0)
            return default;
        var key = InodeKey.Of(parent.Export.Index, statx);
        var mount = Mounts.Find(key);
        if (mount < 0)
            return default;
        var hash = Mounts.At(mount)->Hash(key.Inode);
        var number = (int)(hash & (ShardCount - 1));
        var shard = _shards[number];
        ulong nodeId;
        bool opened;
        int index;
        lock (shard.Lock)
        {
            index = shard.Find(mount, key.Inode, hash);
            if (index < 0)
                return default;
            var slot = shard.Slots.At(index);
            if (slot->Pins == InodeSlot.MostPins)
                return default;
            slot->Pin();
            slot->Set(InodeFlags.Removing);
            opened = slot->Fd >= 0;
            nodeId = IdOf(slot->Generation, index, number);
        }

        // When it cannot be opened the name goes all the same.
        if (!opened)
            _ = Open(shard, index, Mounts.At(mount)->Fd, out _);
        return new RemovalGuard(this, nodeId);
    }
}
