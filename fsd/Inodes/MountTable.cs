using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>The file systems that inodes are on, and for each an open directory by which file handles are opened.</summary>
/// <remarks>
/// A record lives as long as its export, so an index that a request has looked up is good for as long as it pins an inode of that
/// export. The directory is closed with the last inode of the mount, so that the host can unmount it.
/// </remarks>
internal sealed unsafe class MountTable : IDisposable
{
    /// <summary>Most records: what an inode's record can name.</summary>
    public const int Limit = Chunks * SharedSlots<MountSlot>.ChunkSlots;

    private const int Chunks = 128;

    private readonly SharedSlots<MountSlot> _slots;
    private readonly SlotShard<MountSlot> _shard;
    private readonly int[] _inodes = new int[Limit];
    // Guards every change. No other lock is taken under it.
    private readonly Lock _lock = new();
    // Never changed once it is here: readers take no lock.
    private volatile Dictionary<Key, int> _byKey = [];

    /// <summary>Maps the table.</summary>
    /// <param name="file">Its file; owned from here on.</param>
    public MountTable(OwnedFd file)
    {
        _slots = Map(file);
        _shard = _slots.Shards[0];
    }

    /// <summary>Makes the file of an empty table.</summary>
    public static OwnedFd CreateFile() => SharedSlots<MountSlot>.CreateFile("katanet-mounts", 1, Chunks);

    /// <summary>Maps the records alone.</summary>
    /// <param name="file">Its file; owned from here on.</param>
    public static SharedSlots<MountSlot> Map(OwnedFd file) => new(file, 1, Chunks);

    /// <summary>A record.</summary>
    /// <param name="index">Of a live inode.</param>
    public MountSlot* At(int index) => _shard.At(index);

    /// <summary>Whether there is such a record: asked of what a dead worker wrote.</summary>
    public bool IsLive(int index) => _shard.IsTaken(index) && _shard.At(index)->IsLive;

    /// <summary>Finds the record of a file's file system.</summary>
    /// <returns>Its index, or −1.</returns>
    public int Find(in InodeKey key) => _byKey.TryGetValue(new Key(key.Export, key.Mount, key.Device), out var index) ? index : -1;

    /// <summary>Finds or adds the record of a file's file system.</summary>
    /// <returns>Its index, or −1 when there are too many.</returns>
    public int FindOrAdd(in InodeKey file)
    {
        var found = Find(file);
        if (found >= 0)
            return found;
        lock (_lock)
        {
            var key = new Key(file.Export, file.Mount, file.Device);
            if (_byKey.TryGetValue(key, out found))
                return found;
            found = _shard.Take();
            if (found < 0)
                return -1;
            var slot = _shard.At(found);
            slot->Mount = key.Mount;
            slot->Device = key.Device;
            slot->Export = key.Export;
            slot->Fd = -1;
            slot->IsLive = true;
            _byKey = new Dictionary<Key, int>(_byKey) { [key] = found };
            return found;
        }
    }

    /// <summary>Gives a file system an open directory, unless it has one.</summary>
    /// <param name="index">Its record.</param>
    /// <param name="fd">The directory; taken over in any case.</param>
    public void SetFd(int index, int fd)
    {
        lock (_lock)
        {
            var slot = _shard.At(index);
            // Another device of the same mount may have one, which serves both.
            if (slot->Fd < 0)
                slot->Fd = FdOf(slot->Export, slot->Mount);
            if (slot->Fd < 0 && Volatile.Read(ref _inodes[index]) > 0)
            {
                slot->Fd = fd;
                return;
            }
        }

        _ = Unistd.close(fd);
    }

    /// <summary>Counts an inode of the file system.</summary>
    public void Enter(int index) => Interlocked.Increment(ref _inodes[index]);

    /// <summary>Counts it off; the last one closes the directory.</summary>
    public void Leave(int index)
    {
        if (Interlocked.Decrement(ref _inodes[index]) > 0)
            return;
        var fd = -1;
        lock (_lock)
        {
            var slot = _shard.At(index);
            if (Volatile.Read(ref _inodes[index]) == 0 && slot->Fd >= 0)
            {
                fd = slot->Fd;
                slot->Fd = -1;
                if (FdOf(slot->Export, slot->Mount) >= 0)
                    fd = -1;
            }
        }

        if (fd >= 0)
            _ = Unistd.close(fd);
    }

    /// <summary>Drops the records of an export, none of whose inodes is left.</summary>
    public void Free(Export export)
    {
        lock (_lock)
        {
            var left = new Dictionary<Key, int>(_byKey);
            foreach (var (key, index) in _byKey)
            {
                if (key.Export != export.Index)
                    continue;
                left.Remove(key);
                _shard.At(index)->IsLive = false;
                var chunk = _shard.Return(index);
                if (chunk >= 0)
                    _shard.Reopen(chunk);
            }

            _byKey = left;
        }
    }

    /// <summary>Takes up what a dead worker left.</summary>
    /// <param name="exports">The exports, by the indexes that they had.</param>
    /// <param name="descriptors">Its descriptors.</param>
    public void Recover(ExportTable exports, DescriptorMap descriptors)
    {
        var byKey = new Dictionary<Key, int>();
        var moved = new Dictionary<int, int>();
        for (var i = _shard.NextLive(0); i >= 0; i = _shard.NextLive(i + 1))
        {
            var slot = _shard.At(i);
            if (!exports.Has(slot->Export) || !byKey.TryAdd(new Key(slot->Export, slot->Mount, slot->Device), i))
            {
                slot->IsLive = false;
                continue;
            }

            _shard.Claim(i);
            if (slot->Fd < 0)
                continue;
            if (!moved.TryGetValue(slot->Fd, out var fd))
                moved[slot->Fd] = fd = descriptors.Take(slot->Fd);
            slot->Fd = fd;
        }

        _shard.EndClaims();
        _byKey = byKey;
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    // Under the lock: records of one mount and export have the same directory.
    private int FdOf(int export, ulong mount)
    {
        foreach (var (key, index) in _byKey)
        {
            if (key.Export == export && key.Mount == mount && _shard.At(index)->Fd >= 0)
                return _shard.At(index)->Fd;
        }

        return -1;
    }

    private readonly record struct Key(int Export, ulong Mount, ulong Device);
}
