using System;
using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// The inodes that the guest knows. A node id is [generation : 32][record : 28][shard : 4]; a generation is never 0, so no node id is
/// 1, the root's. The shard follows from the file's identity: one lock guards the record, its place in the index and its counts.
/// </summary>
internal sealed unsafe partial class InodeTable : IDisposable
{
    /// <summary>Most inodes that the guest may know: beyond, LOOKUP is answered ENFILE. 48 bytes and an index entry each.</summary>
    public const int DefaultMaxInodes = 4 * 1024 * 1024;

    private const int ShardBits = 4;
    private const int ShardCount = 1 << ShardBits;

    // A shard can take half the limit: a skew that no hash over many files has.
    private const int ShardChunks = DefaultMaxInodes / 8 / SharedSlots<InodeSlot>.ChunkSlots;

    private readonly SharedSlots<InodeSlot> _slots;
    private readonly InodeShard[] _shards = new InodeShard[ShardCount];
    private readonly ExportTable _exports;
    private readonly HandleUse _handleUse;
    private readonly int _maxInodes;
    private long _count;

    /// <summary>Maps a table.</summary>
    /// <param name="exports">Whose inodes they are.</param>
    /// <param name="inodes">The file of the inodes; owned from here on.</param>
    /// <param name="mounts">The file of their mounts; owned from here on.</param>
    /// <param name="budget">How many descriptors they may have.</param>
    /// <param name="handleUse">Whether an inode may be known by its file handle alone.</param>
    /// <param name="maxInodes">Most inodes that the guest may know.</param>
    public InodeTable(
        ExportTable exports, OwnedFd inodes, OwnedFd mounts, DescriptorBudget budget, HandleUse handleUse, int maxInodes = DefaultMaxInodes)
    {
        _exports = exports;
        _handleUse = handleUse;
        _maxInodes = maxInodes;
        Budget = budget;
        Mounts = new MountTable(mounts);
        _slots = Map(inodes);
        for (var i = 0; i < ShardCount; i++)
            _shards[i] = new InodeShard(_slots.Shards[i], Mounts);
    }

    /// <summary>Whether the table had another worker before: <see cref="Recover(DescriptorMap)"/> is due.</summary>
    public bool WasMapped => _slots.WasMapped;

    /// <summary>Inodes that the guest knows, the roots of exports included.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>How many descriptors they may have.</summary>
    public DescriptorBudget Budget { get; }

    /// <summary>The file systems that they are on.</summary>
    public MountTable Mounts { get; }

    /// <summary>Makes the file of an empty table.</summary>
    public static OwnedFd CreateFile() => SharedSlots<InodeSlot>.CreateFile("katanet-inodes", ShardCount, ShardChunks);

    /// <summary>Maps the records alone.</summary>
    /// <param name="file">Their file; owned from here on.</param>
    public static SharedSlots<InodeSlot> Map(OwnedFd file) => new(file, ShardCount, ShardChunks);

    /// <summary>Pins an inode; one that is only known by its file handle is opened.</summary>
    /// <param name="nodeId">As the guest sent it.</param>
    /// <returns>A pin, or one with ESTALE, or with what hindered opening it.</returns>
    public InodePin Pin(ulong nodeId)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        int fd;
        uint type;
        ulong inode;
        MountSlot* mount;
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            if (slot is null)
                return new InodePin(Errno.ESTALE);
            if (slot->Pins == InodeSlot.MostPins)
                return new InodePin(Errno.ENFILE);
            slot->Pin();
            fd = slot->Fd;
            type = slot->Type;
            inode = slot->Inode;
            mount = Mounts.At(slot->Mount);
        }

        if (fd < 0)
        {
            var error = Open(shard, IndexOf(nodeId), mount->Fd, out fd);
            if (error != Errno.None)
            {
                Unpin(nodeId);
                return new InodePin(error);
            }
        }

        return new InodePin(this, nodeId, type, fd, inode, mount, _exports.At(mount->Export));
    }

    /// <summary>Ends a pin; closes the inode when it was waiting for that.</summary>
    public void Unpin(ulong nodeId)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        var index = IndexOf(nodeId);
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            if (--slot->Pins > 0 || slot->IsLive)
                return;
        }

        Close(shard, index);
    }

    /// <summary>Adds a lookup of an inode that is in the table already.</summary>
    /// <param name="key">Which file.</param>
    /// <param name="handle">Its file handle, or null.</param>
    /// <param name="nodeId">Its node id.</param>
    /// <param name="submount">Whether a file system of its own begins there.</param>
    /// <returns>
    /// <see cref="Acquaintance.Unproven"/>: the file's number is known, but nothing keeps the number from being another file's by now.
    /// It needs its file handle for an answer.
    /// </returns>
    public Acquaintance TryAddLookup(in InodeKey key, FileHandle* handle, out ulong nodeId, out bool submount)
    {
        nodeId = 0;
        submount = false;
        var mount = Mounts.Find(key);
        if (mount < 0)
            return Acquaintance.Unknown;
        var hash = Mounts.At(mount)->Hash(key.Inode);
        var number = (int)(hash & (ShardCount - 1));
        var shard = _shards[number];
        lock (shard.Lock)
        {
            var index = shard.Find(mount, key.Inode, hash);
            if (index < 0)
                return Acquaintance.Unknown;
            var slot = shard.Slots.At(index);
            // An open file keeps its number.
            if (slot->Fd < 0 && handle is null)
                return Acquaintance.Unproven;
            if (slot->Fd < 0 && !HandleRecords.Equal(shard.Slots, index, handle))
                return Acquaintance.Unknown;
            AddLookup(slot);
            submount = slot->Has(InodeFlags.Submount);
            nodeId = IdOf(slot->Generation, index, number);
            return Acquaintance.Known;
        }
    }

    /// <summary>Whether a file is in the table.</summary>
    public bool Knows(in InodeKey key) => NodeOf(key) != 0;

    /// <summary>The node id of a file; 0 when it is not in the table.</summary>
    public ulong NodeOf(in InodeKey key)
    {
        var mount = Mounts.Find(key);
        if (mount < 0)
            return 0;
        var hash = Mounts.At(mount)->Hash(key.Inode);
        var number = (int)(hash & (ShardCount - 1));
        var shard = _shards[number];
        lock (shard.Lock)
        {
            var index = shard.Find(mount, key.Inode, hash);
            return index < 0 ? 0 : IdOf(shard.Slots.At(index)->Generation, index, number);
        }
    }

    /// <summary>Takes lookups back. More than there are is as many as there are; an unknown node id is nothing.</summary>
    public void Forget(ulong nodeId, ulong lookups)
    {
        var shard = _shards[nodeId & (ShardCount - 1)];
        var index = IndexOf(nodeId);
        lock (shard.Lock)
        {
            var slot = Find(shard, nodeId);
            if (slot is null || slot->Lookups == InodeSlot.MostLookups)
                return;
            var left = slot->Lookups - Math.Min(lookups, slot->Lookups);
            if (left > 0 || slot->Has(InodeFlags.Sticky))
            {
                slot->Lookups = left;
                return;
            }

            End(shard, index);
            if (slot->Pins > 0)
                return;
        }

        Close(shard, index);
    }

    /// <summary>Drops every inode of an export, or, with null, every inode but the roots of exports.</summary>
    public void Sweep(Export? export)
    {
        foreach (var shard in _shards)
        {
            for (var i = 0; ; i++)
            {
                lock (shard.Lock)
                {
                    i = shard.Slots.NextTaken(i);
                    if (i < 0)
                        break;
                    var slot = shard.Slots.At(i);
                    if (!slot->IsLive || (export is not null && Mounts.At(slot->Mount)->Export != export.Index))
                        continue;
                    if (export is null && slot->Has(InodeFlags.Sticky))
                    {
                        slot->Lookups = 0;
                        continue;
                    }

                    End(shard, i);
                    if (slot->Pins > 0)
                        continue;
                }

                Close(shard, i);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
        _slots.Dispose();
        Mounts.Dispose();
    }

    private static int IndexOf(ulong nodeId) => (int)((uint)nodeId >> ShardBits);

    /// <summary>A node id that no inode has: no table has a record of that index.</summary>
    /// <param name="number">Tells such ids apart.</param>
    public static ulong NodeOfNothing(uint number) => ((ulong)number << 32) | uint.MaxValue;

    private static ulong IdOf(uint generation, int index, int shard) =>
        ((ulong)generation << 32) | ((uint)index << ShardBits) | (uint)shard;

    private static InodeSlot* Find(InodeShard shard, ulong nodeId)
    {
        var index = IndexOf(nodeId);
        if (!shard.Slots.IsTaken(index))
            return null;
        var slot = shard.Slots.At(index);
        return slot->IsLive && slot->Generation == (uint)(nodeId >> 32) ? slot : null;
    }

    private static void AddLookup(InodeSlot* slot)
    {
        if (slot->Lookups < InodeSlot.MostLookups)
            slot->Lookups++;
    }

    // Under the shard's lock. Not live before it leaves the index: whoever is killed in between leaves a record that does not count.
    private static void End(InodeShard shard, int index)
    {
        var slot = shard.Slots.At(index);
        var linked = !slot->Has(InodeFlags.Replaced);
        slot->End();
        if (linked)
            shard.Unlink(index);
    }

    // The record is neither live nor pinned, so it is this thread's alone until it is given back.
    private void Close(InodeShard shard, int index)
    {
        int fd;
        int mount;
        Span<int> chunks = stackalloc int[HandleRecords.MostRecords];
        int count;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            fd = slot->Fd;
            mount = slot->Mount;
            slot->Fd = -1;
            count = HandleRecords.Return(shard.Slots, index, chunks);
        }

        // Outside the lock: the last descriptor of an unlinked file or of a mount can take long to close.
        if (fd >= 0)
        {
            _ = Unistd.close(fd);
            Budget.RemoveInode();
        }
        else
        {
            Interlocked.Decrement(ref _unopened);
        }

        foreach (var chunk in chunks[..count])
        {
            shard.Slots.Release(chunk);
            lock (shard.Lock)
                shard.Slots.Reopen(chunk);
        }

        Interlocked.Decrement(ref _count);
        var export = _exports.At(Mounts.At(mount)->Export);
        Mounts.Leave(mount);
        export.Leave();
    }
}
