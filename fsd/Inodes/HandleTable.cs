using System;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// The files and directories that the guest holds open. A handle is [generation : 32][record : 29][shard : 3], so one that was
/// released, or never given, is found out.
/// </summary>
internal sealed unsafe class HandleTable : IDisposable
{
    private const int ShardBits = 3;
    private const int ShardCount = 1 << ShardBits;

    // A descriptor each, so no system has more (fs.nr_open).
    private const int ShardChunks = 1024;

    private readonly SharedSlots<HandleSlot> _slots;
    private readonly Shard[] _shards = new Shard[ShardCount];
    private readonly ExportTable _exports;
    private readonly DescriptorBudget _budget;
    private long _count;
    private uint _turn;

    /// <summary>Maps a table.</summary>
    /// <param name="exports">Whose files they are.</param>
    /// <param name="file">Its file; owned from here on.</param>
    /// <param name="budget">How many descriptors they may have.</param>
    public HandleTable(ExportTable exports, OwnedFd file, DescriptorBudget budget)
    {
        _exports = exports;
        _budget = budget;
        _slots = Map(file);
        for (var i = 0; i < ShardCount; i++)
            _shards[i] = new Shard(_slots.Shards[i]);
    }

    /// <summary>The node's table, in which open files are counted; null when there is none.</summary>
    public Coherence? Coherence { get; init; }

    /// <summary>Where files are counted that the guest may map; null where nobody else would ask. Set before there is a handle.</summary>
    public OpenFiles? Opens { get; set; }

    /// <summary>Who watches these files; null where nobody can tell the guest. Set before there is a handle.</summary>
    public HostChanges? Changes { get; set; }

    /// <summary>Handles that the guest holds.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Makes the file of an empty table.</summary>
    public static OwnedFd CreateFile() => SharedSlots<HandleSlot>.CreateFile("katanet-handles", ShardCount, ShardChunks);

    /// <summary>Maps the records alone.</summary>
    /// <param name="file">Their file; owned from here on.</param>
    public static SharedSlots<HandleSlot> Map(OwnedFd file) => new(file, ShardCount, ShardChunks);

    /// <summary>Adds an open file.</summary>
    /// <param name="export">Whose it is; null for the synthetic root.</param>
    /// <param name="nodeId">Its inode, as the guest calls it.</param>
    /// <param name="fd">Its descriptor, taken over in any case; −1 for the synthetic root.</param>
    /// <param name="directory">Whether OPENDIR opened it.</param>
    /// <param name="handle">Its number.</param>
    /// <returns>None, ESTALE when the export was removed meanwhile, or ENFILE when there are too many.</returns>
    public Errno Add(Export? export, ulong nodeId, int fd, bool directory, out ulong handle) =>
        Add(export, nodeId, fd, directory, OpenCount.None, default, out handle);

    /// <summary>Adds an open file that may be counted in the node's table: whoever closes it counts it off.</summary>
    /// <param name="export">Whose it is; null for the synthetic root.</param>
    /// <param name="nodeId">Its inode, as the guest calls it.</param>
    /// <param name="fd">Its descriptor, taken over in any case; −1 for the synthetic root.</param>
    /// <param name="directory">Whether OPENDIR opened it.</param>
    /// <param name="counted">How it is counted; taken over in any case.</param>
    /// <param name="key">The file, when it is counted.</param>
    /// <param name="handle">Its number.</param>
    /// <returns>As the other form.</returns>
    public Errno Add(Export? export, ulong nodeId, int fd, bool directory, OpenCount counted, in FileKey key, out ulong handle)
    {
        var number = (int)(Interlocked.Increment(ref _turn) & (ShardCount - 1));
        var shard = _shards[number];
        handle = 0;
        if (fd >= 0 && !_budget.TryAddFile())
        {
            _ = Unistd.close(fd);
            CountOff(counted, key);
            return Errno.ENFILE;
        }

        var error = Errno.ESTALE;
        // Before the guest has it open: whoever changes its size from here on tells.
        var bucket = CountOpen(export, fd, directory);
        lock (shard.Lock)
        {
            var index = -1;
            if (export is null || !export.IsRemoved)
            {
                index = shard.Slots.Take();
                error = Errno.ENFILE;
            }

            if (index >= 0)
            {
                var slot = shard.Slots.At(index);
                slot->Fd = fd;
                slot->Pins = 0;
                slot->NodeId = nodeId;
                slot->Export = export?.Index ?? -1;
                slot->Directory = directory;
                slot->Count = counted;
                slot->Key = key;
                slot->Bucket = bucket;
                slot->Generation = shard.Slots.NextGeneration();
                slot->IsLive = true;
                export?.Enter();
                Interlocked.Increment(ref _count);
                handle = ((ulong)slot->Generation << 32) | ((uint)index << ShardBits) | (uint)number;
                error = Errno.None;
            }
        }

        if (error == Errno.None)
        {
            // When it can be found: its guest may be asked for its size at once.
            if (bucket >= 0)
                Changes?.Opened(nodeId, bucket);
            return Errno.None;
        }

        Drop(fd);
        CountOff(counted, key);
        if (bucket >= 0)
            Opens!.Leave(bucket);
        return error;
    }

    /// <summary>Pins an open file.</summary>
    /// <param name="handle">As the guest sent it.</param>
    /// <param name="nodeId">The inode that it must belong to.</param>
    /// <param name="directory">Whether it must be a directory's.</param>
    /// <returns>A pin, or one with EBADF.</returns>
    public HandlePin Pin(ulong handle, ulong nodeId, bool directory = false)
    {
        var shard = _shards[handle & (ShardCount - 1)];
        lock (shard.Lock)
        {
            var slot = Find(shard, handle);
            if (slot is null || slot->NodeId != nodeId || slot->Directory != directory)
                return new HandlePin(Errno.EBADF);
            slot->Pins++;
            return new HandlePin(this, handle, slot->Fd, slot->Export < 0 ? null : _exports.At(slot->Export)) { Bucket = slot->Bucket, NodeId = nodeId };
        }
    }

    /// <summary>Ends a pin.</summary>
    public void Unpin(ulong handle)
    {
        var shard = _shards[handle & (ShardCount - 1)];
        var index = IndexOf(handle);
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            if (--slot->Pins > 0 || slot->IsLive)
                return;
        }

        Close(shard, index);
    }

    /// <summary>Releases a handle; the descriptor is closed when no request uses it any more.</summary>
    /// <returns>None, or EBADF.</returns>
    public Errno Remove(ulong handle, ulong nodeId, bool directory)
    {
        var shard = _shards[handle & (ShardCount - 1)];
        lock (shard.Lock)
        {
            var slot = Find(shard, handle);
            if (slot is null || slot->NodeId != nodeId || slot->Directory != directory)
                return Errno.EBADF;
            slot->IsLive = false;
            if (slot->Pins > 0)
                return Errno.None;
        }

        Close(shard, IndexOf(handle));
        return Errno.None;
    }

    /// <summary>Releases every handle of an export, or, with null, every handle.</summary>
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
                    if (!slot->IsLive || (export is not null && slot->Export != export.Index))
                        continue;
                    slot->IsLive = false;
                    if (slot->Pins > 0)
                        continue;
                }

                Close(shard, i);
            }
        }
    }

    /// <summary>Builds anew what is this process's own, from the live records; those whose export or descriptor is not there are dropped.</summary>
    /// <param name="descriptors">The dead worker's descriptors.</param>
    public void Recover(DescriptorMap descriptors)
    {
        foreach (var shard in _shards)
        {
            lock (shard.Lock)
            {
                for (var i = shard.Slots.NextLive(0); i >= 0; i = shard.Slots.NextLive(i + 1))
                    Recover(shard, i, descriptors);
                shard.Slots.EndClaims();
            }
        }

        Opens?.Settle();
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private void Recover(Shard shard, int index, DescriptorMap descriptors)
    {
        var slot = shard.Slots.At(index);
        var synthetic = slot->Export == -1 && slot->Fd == -1;
        slot->Pins = 0;
        if (slot->Fd >= 0)
            slot->Fd = descriptors.Take(slot->Fd);
        if (slot->Generation == 0 || (!synthetic && (slot->Fd < 0 || !_exports.Has(slot->Export))))
        {
            slot->IsLive = false;
            if (slot->Fd >= 0)
                _ = Unistd.close(slot->Fd);
            return;
        }

        shard.Slots.Claim(index);
        // In the node's table the last worker's counts are void. A file that finds no room there now is one that its guest keeps pages of: its
        // export has no leases then, and what others write moves its time.
        if (slot->Count != OpenCount.None && Coherence?.TryOpen(slot->Key, slot->Count == OpenCount.Writer) != true)
            slot->Count = OpenCount.None;
        if (!synthetic)
        {
            _budget.Inherit(0, 1);
            _exports.At(slot->Export).Enter();
        }

        if (slot->Bucket >= OpenFiles.Buckets || Opens is null)
            slot->Bucket = -1;
        if (slot->Bucket >= 0)
        {
            Opens!.Enter(slot->Bucket);
            Changes?.Opened(slot->NodeId, slot->Bucket);
        }

        Interlocked.Increment(ref _count);
    }

    private static int IndexOf(ulong handle) => (int)((uint)handle >> ShardBits);

    private static HandleSlot* Find(Shard shard, ulong handle)
    {
        var index = IndexOf(handle);
        if (!shard.Slots.IsTaken(index))
            return null;
        var slot = shard.Slots.At(index);
        return slot->IsLive && slot->Generation == (uint)(handle >> 32) ? slot : null;
    }

    // The slot is neither live nor pinned, so it is this thread's alone until it is given back.
    private void Close(Shard shard, int index)
    {
        int fd;
        int export;
        int bucket;
        int chunk;
        ulong nodeId;
        OpenCount counted;
        FileKey key;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            counted = slot->Count;
            key = slot->Key;
            slot->Count = OpenCount.None;
            fd = slot->Fd;
            export = slot->Export;
            bucket = slot->Bucket;
            nodeId = slot->NodeId;
            slot->Fd = -1;
            chunk = shard.Slots.Return(index);
        }

        Drop(fd);
        CountOff(counted, key);
        if (bucket >= 0)
        {
            Opens!.Leave(bucket);
            Changes?.Closed(nodeId, bucket);
        }

        if (chunk >= 0)
        {
            shard.Slots.Release(chunk);
            lock (shard.Lock)
                shard.Slots.Reopen(chunk);
        }

        Interlocked.Decrement(ref _count);
        if (export >= 0)
            _exports.At(export).Leave();
    }

    private void CountOff(OpenCount counted, in FileKey key)
    {
        if (counted != OpenCount.None)
            Coherence?.Close(key, counted == OpenCount.Writer);
    }

    // Files of exports from which the guest maps files: of others it asks for the size whenever it reads.
    private int CountOpen(Export? export, int fd, bool directory)
    {
        Statx statx;
        if (Opens is not { } opens || directory || export is not { Policy.DaxMount: not 0 } || fd < 0 || HostFile.Stat(fd, &statx) < 0)
            return -1;
        var bucket = OpenFiles.BucketOf(FileIdentity.Of(statx));
        opens.Enter(bucket);
        return bucket;
    }

    private void Drop(int fd)
    {
        if (fd < 0)
            return;
        _ = Unistd.close(fd);
        _budget.RemoveFile();
    }

    private sealed class Shard(SlotShard<HandleSlot> slots)
    {
        // Guards the slots. No system call is made under it, and no other lock is taken.
        public readonly Lock Lock = new();
        public readonly SlotShard<HandleSlot> Slots = slots;
    }
}
