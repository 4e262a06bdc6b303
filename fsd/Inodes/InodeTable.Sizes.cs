using System;

namespace KataShimNet.Fsd.Inodes;

/// <content>How long the guest may take files for: of several sizes that it is told at a time it may keep any.</content>
internal sealed unsafe partial class InodeTable
{
    /// <summary>The guest is about to be told that a file is so long, or has made it so.</summary>
    /// <param name="nodeId">The file; nothing happens when the guest does not know it any more.</param>
    /// <param name="size">Its size.</param>
    public void NoteSize(ulong nodeId, ulong size)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            if (slot is not null)
                slot->MostSize = Math.Max(slot->MostSize, size);
        }
    }

    /// <summary>The longest that the guest may take a file for.</summary>
    /// <param name="nodeId">The file.</param>
    /// <returns><see cref="ulong.MaxValue"/> when nothing is known of it.</returns>
    public ulong MostSize(ulong nodeId)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            return slot is null ? ulong.MaxValue : slot->MostSize;
        }
    }
}
