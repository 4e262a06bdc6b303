using System;
using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// The inodes that the guest knows. A node id is [generation : 32][slot : 28][shard : 4]; a generation is never 0, so no node id is
/// 1, the root's. The shard follows from the file's identity: one lock guards the slot, its chain and its counts.
/// </summary>
internal sealed class InodeTable
{
    private const int ShardBits = 4;
    private const int ShardCount = 1 << ShardBits;

    private readonly InodeShard[] _shards = new InodeShard[ShardCount];
    private readonly ExportTable _exports;
    private long _count;

    /// <summary>Makes an empty table.</summary>
    /// <param name="exports">Whose inodes they are.</param>
    public InodeTable(ExportTable exports)
    {
        _exports = exports;
        for (var i = 0; i < ShardCount; i++)
            _shards[i] = new InodeShard();
    }

    /// <summary>Inodes that the guest knows, the roots of exports included.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Pins an inode.</summary>
    /// <param name="nodeId">As the guest sent it.</param>
    /// <returns>A pin, or one with ESTALE.</returns>
    public unsafe InodePin Pin(ulong nodeId)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            if (slot is null)
                return new InodePin(Errno.ESTALE);
            slot->Pins++;
            return new InodePin(this, nodeId, *slot, _exports.At(slot->Key.Export));
        }
    }

    /// <summary>Ends a pin; closes the inode when it was waiting for that.</summary>
    public unsafe void Unpin(ulong nodeId)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        var index = IndexOf(nodeId);
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            if (--slot->Pins > 0 || slot->Live)
                return;
        }

        Close(shard, index);
    }

    /// <summary>Adds a lookup of an inode that is in the table already.</summary>
    /// <param name="key">Which file.</param>
    /// <param name="nodeId">Its node id.</param>
    /// <param name="submount">Whether a file system of its own begins there.</param>
    public unsafe bool TryAddLookup(in InodeKey key, out ulong nodeId, out bool submount)
    {
        var hash = key.Hash();
        var number = (int)(hash & (ShardCount - 1));
        var shard = _shards[number];
        lock (shard.Lock)
        {
            var index = shard.Find(key, hash);
            if (index < 0)
            {
                nodeId = 0;
                submount = false;
                return false;
            }

            var slot = shard.Slots.At(index);
            slot->Lookups++;
            submount = slot->Submount;
            nodeId = IdOf(slot->Generation, index, number);
            return true;
        }
    }

    /// <summary>Whether a file is in the table.</summary>
    public bool Knows(in InodeKey key)
    {
        var hash = key.Hash();
        var shard = _shards[hash & (ShardCount - 1)];
        lock (shard.Lock)
            return shard.Find(key, hash) >= 0;
    }

    /// <summary>Adds an inode, or a lookup of it when another request was faster.</summary>
    /// <param name="export">Whose it is.</param>
    /// <param name="statx">What statx said about <paramref name="fd"/>.</param>
    /// <param name="fd">O_PATH descriptor; taken over in any case.</param>
    /// <param name="submount">A file system of its own begins here.</param>
    /// <param name="sticky">Root of an export: added without a lookup, stays until the export goes.</param>
    /// <param name="nodeId">Its node id.</param>
    /// <returns>None, or ESTALE when the export was removed meanwhile.</returns>
    public unsafe Errno Add(Export export, in Statx statx, int fd, bool submount, bool sticky, out ulong nodeId)
    {
        var key = InodeKey.Of(export.Index, statx);
        var hash = key.Hash();
        var number = (int)(hash & (ShardCount - 1));
        var shard = _shards[number];
        var added = false;
        nodeId = 0;
        lock (shard.Lock)
        {
            if (!export.IsRemoved)
            {
                var index = shard.Find(key, hash);
                if (index < 0)
                {
                    index = shard.Slots.Take();
                    var fresh = shard.Slots.At(index);
                    fresh->Key = key;
                    fresh->Fd = fd;
                    fresh->Lookups = 0;
                    fresh->Pins = 0;
                    fresh->Generation = fresh->Generation == uint.MaxValue ? 1 : fresh->Generation + 1;
                    fresh->Type = (ushort)(statx.Mode & SysStat.S_IFMT);
                    fresh->Live = true;
                    fresh->Sticky = sticky;
                    fresh->Submount = submount;
                    shard.Link(index, hash);
                    export.Enter();
                    added = true;
                    Interlocked.Increment(ref _count);
                }

                var slot = shard.Slots.At(index);
                if (!sticky)
                    slot->Lookups++;
                nodeId = IdOf(slot->Generation, index, number);
            }
        }

        if (!added)
            _ = Unistd.close(fd);
        return nodeId == 0 ? Errno.ESTALE : Errno.None;
    }

    /// <summary>Takes lookups back. More than there are is as many as there are; an unknown node id is nothing.</summary>
    public unsafe void Forget(ulong nodeId, ulong lookups)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        var index = IndexOf(nodeId);
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            if (slot is null)
                return;
            slot->Lookups -= Math.Min(lookups, slot->Lookups);
            if (slot->Lookups > 0 || slot->Sticky)
                return;
            shard.Unlink(index);
            if (slot->Pins > 0)
                return;
        }

        Close(shard, index);
    }

    /// <summary>Drops every inode of an export, or, with null, every inode but the roots of exports.</summary>
    public unsafe void Sweep(Export? export)
    {
        foreach (var shard in _shards)
        {
            int used;
            lock (shard.Lock)
                used = shard.Slots.Used;
            for (var i = 0; i < used; i++)
            {
                lock (shard.Lock)
                {
                    var slot = shard.Slots.At(i);
                    if (!slot->Live || (export is not null && slot->Key.Export != export.Index))
                        continue;
                    if (export is null)
                        slot->Lookups = 0;
                    if (export is null && slot->Sticky)
                        continue;
                    shard.Unlink(i);
                    if (slot->Pins > 0)
                        continue;
                }

                Close(shard, i);
            }
        }
    }

    private static int IndexOf(ulong nodeId) => (int)((uint)nodeId >> ShardBits);

    private static ulong IdOf(uint generation, int index, int shard) =>
        ((ulong)generation << 32) | ((uint)index << ShardBits) | (uint)shard;

    private static unsafe InodeSlot* Find(InodeShard shard, ulong nodeId)
    {
        var index = IndexOf(nodeId);
        if (index >= shard.Slots.Used)
            return null;
        var slot = shard.Slots.At(index);
        return slot->Live && slot->Generation == (uint)(nodeId >> 32) ? slot : null;
    }

    // The slot is neither live nor pinned, so it is this thread's alone until it is given back.
    private unsafe void Close(InodeShard shard, int index)
    {
        int fd;
        int export;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            fd = slot->Fd;
            export = slot->Key.Export;
            slot->Fd = -1;
            shard.Slots.Return(index);
        }

        // Outside the lock: the last descriptor of an unlinked file or of a mount can take long to close.
        _ = Unistd.close(fd);
        Interlocked.Decrement(ref _count);
        _exports.At(export).Leave();
    }
}
