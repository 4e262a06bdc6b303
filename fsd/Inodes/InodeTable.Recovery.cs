using System.Threading;
using KataShimNet.Fsd.State;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <content>Taking up what a dead worker left.</content>
internal sealed unsafe partial class InodeTable
{
    /// <summary>
    /// Builds everything anew that is this process's own, from the live records: the index, the free records, the counts. Records whose
    /// export, mount or descriptor is not there are dropped; the guest finds their node ids stale.
    /// </summary>
    /// <param name="descriptors">The dead worker's descriptors.</param>
    public void Recover(DescriptorMap descriptors)
    {
        Mounts.Recover(_exports, descriptors);
        for (var number = 0; number < ShardCount; number++)
        {
            var shard = _shards[number];
            lock (shard.Lock)
            {
                for (var i = shard.Slots.NextLive(0); i >= 0; i = shard.Slots.NextLive(i + 1))
                    Recover(shard, number, i, descriptors);
                shard.Slots.EndClaims();
            }
        }
    }

    private void Recover(InodeShard shard, int number, int index, DescriptorMap descriptors)
    {
        var slot = shard.Slots.At(index);
        slot->Inherit();
        if (slot->Fd >= 0)
            slot->Fd = descriptors.Take(slot->Fd);
        var mount = Mounts.IsLive(slot->Mount) ? Mounts.At(slot->Mount) : null;
        var hash = mount is null ? 0 : mount->Hash(slot->Inode);
        var known = mount is not null && (int)(hash & (ShardCount - 1)) == number && slot->Generation != 0;
        var reachable = slot->Fd >= 0 || (slot->HandleLength > 0 && mount is not null && mount->Fd >= 0);
        var replaced = slot->Has(InodeFlags.Replaced);
        if (!known || !reachable || shard.Slots.IsTaken(index)
            || (!replaced && shard.Find(slot->Mount, slot->Inode, hash) >= 0) || !HandleRecords.TryClaim(shard.Slots, index))
        {
            slot->End();
            if (slot->Fd >= 0)
                _ = Unistd.close(slot->Fd);
            return;
        }

        shard.Slots.Claim(index);
        if (!replaced)
            shard.Link(index, hash);
        if (slot->Fd < 0)
            Interlocked.Increment(ref _unopened);
        else
            Budget.Inherit(1, 0);
        if (slot->Fd >= 0)
            Enqueue(shard, index);
        var export = _exports.At(mount->Export);
        export.Enter();
        Mounts.Enter(slot->Mount);
        Interlocked.Increment(ref _count);
        if (slot->Has(InodeFlags.Sticky))
            export.RootNodeId = IdOf(slot->Generation, index, number);
    }
}
