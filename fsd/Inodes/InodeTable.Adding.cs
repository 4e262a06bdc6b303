using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <content>Adding inodes.</content>
internal sealed unsafe partial class InodeTable
{
    /// <summary>Adds an inode, or a lookup of it when it is there.</summary>
    /// <param name="export">Whose it is.</param>
    /// <param name="statx">What statx said about <paramref name="fd"/>.</param>
    /// <param name="fd">O_PATH descriptor; taken over in any case.</param>
    /// <param name="submount">A file system of its own begins here.</param>
    /// <param name="sticky">Root of an export: added without a lookup, stays until the export goes.</param>
    /// <param name="nodeId">Its node id.</param>
    /// <returns>
    /// None, ESTALE when the export was removed meanwhile, ENFILE when the guest knows too many or there are no descriptors left, or
    /// EOPNOTSUPP when file handles are mandatory and there is none.
    /// </returns>
    public Errno Add(Export export, in Statx statx, int fd, bool submount, bool sticky, out ulong nodeId)
    {
        nodeId = 0;
        var key = InodeKey.Of(export.Index, statx);
        var mount = Mounts.FindOrAdd(key);
        var type = statx.Mode & SysStat.S_IFMT;
        var error = mount < 0 ? Errno.ENFILE : sticky ? Errno.None : Check(mount, fd);
        if (error == Errno.None)
            error = CountDescriptor();
        if (error != Errno.None)
        {
            _ = Unistd.close(fd);
            return error;
        }

        var addition = new Addition
        {
            Mount = mount,
            Inode = key.Inode,
            Hash = Mounts.At(mount)->Hash(key.Inode),
            Fd = fd,
            Type = type,
            Sticky = sticky,
            Submount = submount,
        };
        FileHandle handle;
        var outcome = TryAdd(export, addition, null, out nodeId);
        if (outcome == Outcome.NeedsHandle)
        {
            // A record without a descriptor has this number. Without a handle for the file, it cannot be the one that had a handle.
            if (FileHandle.Of(fd, &handle) != Errno.None)
                handle.Length = 0;
            outcome = TryAdd(export, addition, &handle, out nodeId);
        }

        if (outcome is Outcome.Added or Outcome.Opened)
        {
            if (type == SysStat.S_IFDIR)
                OpenMount(mount, fd);
            if (Budget.IsOver)
                CloseOldest(1);
            return Errno.None;
        }

        _ = Unistd.close(fd);
        Budget.RemoveInode();
        return outcome switch
        {
            Outcome.Found => Errno.None,
            Outcome.Removed => Errno.ESTALE,
            _ => Errno.ENFILE,
        };
    }

    private Outcome TryAdd(Export export, in Addition what, FileHandle* handle, out ulong nodeId)
    {
        nodeId = 0;
        var number = (int)(what.Hash & (ShardCount - 1));
        var shard = _shards[number];
        lock (shard.Lock)
        {
            if (export.IsRemoved)
                return Outcome.Removed;
            var index = shard.Find(what.Mount, what.Inode, what.Hash);
            if (index >= 0)
            {
                var slot = shard.Slots.At(index);
                if (slot->Fd < 0 && handle is null)
                    return Outcome.NeedsHandle;
                if (slot->Fd >= 0 || HandleRecords.Equal(shard.Slots, index, handle))
                {
                    AddLookup(slot);
                    nodeId = IdOf(slot->Generation, index, number);
                    if (slot->Fd >= 0)
                        return Outcome.Found;
                    slot->Fd = what.Fd;
                    Interlocked.Decrement(ref _unopened);
                    Enqueue(shard, index);
                    return Outcome.Opened;
                }

                // The number is another file's by now. What the guest has stays as it is, and answers ESTALE.
                slot->Set(InodeFlags.Replaced);
                shard.Unlink(index);
            }

            if (Count >= _maxInodes || (index = shard.Slots.Take()) < 0)
                return Outcome.Full;
            nodeId = IdOf(Begin(shard, index, what), index, number);
            export.Enter();
            Mounts.Enter(what.Mount);
            Interlocked.Increment(ref _count);
            return Outcome.Added;
        }
    }

    private uint Begin(InodeShard shard, int index, in Addition what)
    {
        var slot = shard.Slots.At(index);
        slot->End();
        slot->Pins = 0;
        slot->Inode = what.Inode;
        slot->Generation = shard.Slots.NextGeneration();
        slot->Fd = what.Fd;
        slot->Mount = (ushort)what.Mount;
        slot->HandleLength = 0;
        slot->MostSize = 0;
        var held = what.Sticky || _handleUse == HandleUse.Never || Mounts.At(what.Mount)->HasNoHandles;
        var flags = (what.Sticky ? InodeFlags.Sticky : 0) | (held ? InodeFlags.Held : 0) | (what.Submount ? InodeFlags.Submount : 0);
        slot->Begin(what.Type, flags, what.Sticky ? 0ul : 1);
        shard.Link(index, what.Hash);
        Enqueue(shard, index);
        return slot->Generation;
    }

    // Where handles are mandatory, a file system has to show that it has them: once.
    private Errno Check(int mount, int fd)
    {
        var slot = Mounts.At(mount);
        if (_handleUse != HandleUse.Mandatory || slot->HasHandles)
            return Errno.None;
        FileHandle handle;
        var error = FileHandle.Of(fd, &handle);
        if (error == Errno.None)
            slot->HasHandles = true;
        return error;
    }

    private Errno CountDescriptor()
    {
        if (Budget.TryAddInode())
            return Errno.None;
        CloseOldest(Batch);
        return Budget.TryAddInode() ? Errno.None : Errno.ENFILE;
    }

    private enum Outcome
    {
        Added,
        // It was there and takes the descriptor.
        Opened,
        Found,
        NeedsHandle,
        Removed,
        Full,
    }

    private struct Addition
    {
        public int Mount;
        public int Fd;
        public uint Type;
        public bool Sticky;
        public bool Submount;
        public ulong Inode;
        public ulong Hash;
    }
}
