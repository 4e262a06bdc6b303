using System.Threading;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Inodes;

/// <content>Which inodes have a descriptor: the clock that closes those not used of late, and opening them again by file handle.</content>
internal sealed unsafe partial class InodeTable
{
    // Closed at a time when the process has run out of descriptors.
    private const int Batch = 64;

    // Live records that are only known by their file handle.
    private long _unopened;
    // Requests that remove names while every record has its descriptor.
    private int _removals;
    private uint _hand;

    /// <summary>Closes descriptors of inodes that can be opened again: the process, or the system, has run out of them.</summary>
    /// <returns>Whether any was closed.</returns>
    public bool Relieve() => CloseOldest(Batch);

    // The record is pinned.
    private Errno Open(InodeShard shard, int index, int mountFd, out int fd)
    {
        FileHandle handle;
        lock (shard.Lock)
        {
            fd = shard.Slots.At(index)->Fd;
            if (fd >= 0)
                return Errno.None;
            HandleRecords.Get(shard.Slots, index, &handle);
        }

        const int flags = Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        var error = CountDescriptor();
        if (error != Errno.None)
            return error;
        var opened = Fcntl.open_by_handle_at(mountFd, &handle, flags);
        error = opened < 0 ? LinuxException.LastErrno : Errno.None;
        if (error is Errno.EMFILE or Errno.ENFILE && Relieve())
        {
            opened = Fcntl.open_by_handle_at(mountFd, &handle, flags);
            error = opened < 0 ? LinuxException.LastErrno : Errno.None;
        }

        if (error != Errno.None)
        {
            Budget.RemoveInode();
            return error;
        }

        var spare = -1;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            fd = slot->Fd;
            if (fd >= 0)
            {
                spare = opened;
            }
            else
            {
                slot->Fd = fd = opened;
                Interlocked.Decrement(ref _unopened);
                Enqueue(shard, index);
            }
        }

        if (spare >= 0)
        {
            _ = Unistd.close(spare);
            Budget.RemoveInode();
        }
        else if (Budget.IsOver)
        {
            CloseOldest(1);
        }

        return Errno.None;
    }

    // Under the shard's lock.
    private static void Enqueue(InodeShard shard, int index)
    {
        var slot = shard.Slots.At(index);
        if (slot->Has(InodeFlags.Held) || slot->Has(InodeFlags.Queued))
            return;
        slot->Set(InodeFlags.Queued);
        shard.Queue.Push(index);
    }

    private void OpenMount(int mount, int directory)
    {
        var slot = Mounts.At(mount);
        if (slot->Fd >= 0 || slot->HasNoHandles || _handleUse == HandleUse.Never)
            return;
        var dot = stackalloc byte[] { (byte)'.', 0 };
        // Without one, the inodes of the mount keep their descriptors.
        var fd = Fcntl.openat(directory, dot, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
        if (fd >= 0)
            Mounts.SetFd(mount, fd);
    }

    private bool CloseOldest(int count)
    {
        var closed = false;
        // Each shard in turn, and no longer than a round without success.
        for (var misses = 0; count > 0 && misses < ShardCount;)
        {
            var shard = _shards[Interlocked.Increment(ref _hand) & (ShardCount - 1)];
            if (shard.Queue.Count == 0 || !TryCloseOldest(shard))
            {
                misses++;
                continue;
            }

            closed = true;
            misses = 0;
            count--;
        }

        return closed;
    }

    private bool TryCloseOldest(InodeShard shard)
    {
        int index;
        int fd;
        bool hasHandle;
        MountSlot* mount;
        // First, so that a request that removes a name from here on looks whether its inode has a descriptor; those that did not look
        // are waited for another time.
        Interlocked.Increment(ref _unopened);
        if (Volatile.Read(ref _removals) > 0)
        {
            Interlocked.Decrement(ref _unopened);
            return false;
        }

        lock (shard.Lock)
        {
            index = NextVictim(shard);
            if (index < 0)
            {
                Interlocked.Decrement(ref _unopened);
                return false;
            }

            var slot = shard.Slots.At(index);
            slot->Pins++;
            slot->Clear(InodeFlags.Removing);
            fd = slot->Fd;
            hasHandle = slot->HandleLength > 0;
            mount = Mounts.At(slot->Mount);
        }

        // A file without a name has to stay open, or it is gone.
        Statx statx;
        byte empty = 0;
        FileHandle handle;
        var error = mount->Fd < 0 || mount->HasNoHandles ? Errno.EOPNOTSUPP
            : SysStat.statx(fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_NLINK, &statx) < 0 ? LinuxException.LastErrno
            : statx.Links == 0 ? Errno.ENOENT
            : hasHandle ? Errno.None
            : FileHandle.Of(fd, &handle);
        if (error == Errno.EOPNOTSUPP && mount->Fd >= 0)
            mount->HasNoHandles = true;

        var gone = false;
        var done = false;
        lock (shard.Lock)
        {
            var slot = shard.Slots.At(index);
            slot->Pins--;
            gone = !slot->IsLive;
            if (gone)
            {
                done = slot->Pins == 0;
            }
            else if (error is Errno.EOPNOTSUPP or Errno.ENOENT)
            {
                slot->Set(InodeFlags.Held);
            }
            else if (error != Errno.None || slot->Pins > 0 || slot->Has(InodeFlags.Removing)
                || (!hasHandle && !HandleRecords.TryPut(shard.Slots, index, &handle)))
            {
                Enqueue(shard, index);
            }
            else
            {
                slot->Fd = -1;
                done = true;
            }
        }

        if (gone || !done)
            Interlocked.Decrement(ref _unopened);
        if (gone)
        {
            if (done)
                Close(shard, index);
            return done;
        }

        if (done)
        {
            _ = Unistd.close(fd);
            Budget.RemoveInode();
        }

        return done;
    }

    // Under the shard's lock: the record that was not used since the hand was here last, out of the queue; or −1.
    private static int NextVictim(InodeShard shard)
    {
        for (var left = shard.Queue.Count * 2; left > 0 && shard.Queue.Count > 0; left--)
        {
            var index = shard.Queue.Pop();
            if (!shard.Slots.IsTaken(index))
                continue;
            var slot = shard.Slots.At(index);
            slot->Clear(InodeFlags.Queued);
            if (!slot->IsLive || slot->Fd < 0 || slot->Has(InodeFlags.Held))
                continue;
            if (slot->Pins == 0 && !slot->Has(InodeFlags.Referenced))
                return index;
            slot->Clear(InodeFlags.Referenced);
            Enqueue(shard, index);
        }

        return -1;
    }
}
