using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// The files and directories that the guest holds open. A handle is [generation : 32][slot : 29][shard : 3], so one that was
/// released, or never given, is found out.
/// </summary>
internal sealed unsafe class HandleTable
{
    private const int ShardBits = 3;
    private const int ShardCount = 1 << ShardBits;

    private readonly Shard[] _shards = new Shard[ShardCount];
    private readonly ExportTable _exports;
    private long _count;
    private uint _turn;

    /// <summary>Makes an empty table.</summary>
    public HandleTable(ExportTable exports)
    {
        _exports = exports;
        for (var i = 0; i < ShardCount; i++)
            _shards[i] = new Shard();
    }

    /// <summary>Handles that the guest holds.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Adds an open file.</summary>
    /// <param name="export">Whose it is; null for the synthetic root.</param>
    /// <param name="nodeId">Its inode, as the guest calls it.</param>
    /// <param name="fd">Its descriptor, taken over in any case; −1 for the synthetic root.</param>
    /// <param name="directory">Whether OPENDIR opened it.</param>
    /// <param name="handle">Its number.</param>
    /// <returns>None, or ESTALE when the export was removed meanwhile.</returns>
    public Errno Add(Export? export, ulong nodeId, int fd, bool directory, out ulong handle)
    {
        var number = (int)(Interlocked.Increment(ref _turn) & (ShardCount - 1));
        var shard = _shards[number];
        lock (shard.Lock)
        {
            if (export is null || !export.IsRemoved)
            {
                var index = shard.Slots.Take();
                var slot = shard.Slots.At(index);
                slot->Fd = fd;
                slot->Pins = 0;
                slot->NodeId = nodeId;
                slot->Export = export?.Index ?? -1;
                slot->Directory = directory;
                slot->Live = true;
                slot->Generation = slot->Generation == uint.MaxValue ? 1 : slot->Generation + 1;
                export?.Enter();
                Interlocked.Increment(ref _count);
                handle = ((ulong)slot->Generation << 32) | ((uint)index << ShardBits) | (uint)number;
                return Errno.None;
            }
        }

        handle = 0;
        _ = Unistd.close(fd);
        return Errno.ESTALE;
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
            return new HandlePin(this, handle, slot->Fd, slot->Export < 0 ? null : _exports.At(slot->Export));
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
            if (--slot->Pins > 0 || slot->Live)
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
            slot->Live = false;
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
            int used;
            lock (shard.Lock)
                used = shard.Slots.Used;
            for (var i = 0; i < used; i++)
            {
                lock (shard.Lock)
                {
                    var slot = shard.Slots.At(i);
                    if (!slot->Live || (export is not null && slot->Export != export.Index))
                        continue;
                    slot->Live = false;
                    if (slot->Pins > 0)
                        continue;
                }

                Close(shard, i);
            }
        }
    }

    private static int IndexOf(ulong handle) => (int)((uint)handle >> ShardBits);

    private static HandleSlot* Find(Shard shard, ulong handle)
    {
        var index = IndexOf(handle);
        if (index >= shard.Slots.Used)
            return null;
        var slot = shard.Slots.At(index);
        return slot->Live && slot->Generation == (uint)(handle >> 32) ? slot : null;
    }

    // The slot is neither live nor pinned, so it is this thread's alone until it is given back.
    private void Close(Shard shard, int index)
    {
        int fd;
        int export;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            fd = slot->Fd;
            export = slot->Export;
            slot->Fd = -1;
            shard.Slots.Return(index);
        }

        if (fd >= 0)
            _ = Unistd.close(fd);
        Interlocked.Decrement(ref _count);
        if (export >= 0)
            _exports.At(export).Leave();
    }

    private struct HandleSlot
    {
        public ulong NodeId;
        public int Fd;
        public int Pins;
        public uint Generation;
        public int Export;
        public bool Live;
        public bool Directory;
    }

    private sealed class Shard
    {
        // Guards the slots. No system call is made under it, and no other lock is taken.
        public readonly Lock Lock = new();
        public SlotStore<HandleSlot> Slots;
    }
}
