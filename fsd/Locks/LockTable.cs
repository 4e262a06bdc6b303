using System;
using System.Collections.Generic;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Locks;

/// <summary>
/// The guest's locks, taken on the host so that they exclude other guests and host processes too. POSIX locks of an owner are locks
/// of an open file description that is opened for that owner and file; a lock of flock(2) is its handle's. The host's kernel
/// decides who gets what: what is noted here tells whom a waiting request waits for, and bounds what a guest can use up.
/// </summary>
internal sealed unsafe partial class LockTable : IDisposable
{
    // Guards all below, and is held over the calls that lock without waiting: what is noted and what the host has change as one.
    // Inside of it are taken the locks of the handle table, of guest memory and of a queue; never the other way round.
    private readonly object _lock = new();
    private readonly LockOwners _owners;
    private readonly LockRanges _ranges;
    private readonly LockLimits _limits;
    private readonly ExportTable _exports;
    private readonly ProcFd _procFd;
    // Owners and waiting requests, for the many closes of files that have no locks.
    private volatile int _count;

    /// <summary>Maps the tables.</summary>
    /// <param name="exports">Whose files are locked.</param>
    /// <param name="procFd">Opens them anew.</param>
    /// <param name="owners">File of the owners; owned from here on.</param>
    /// <param name="ranges">File of the ranges; owned from here on.</param>
    /// <param name="limits">What a guest may use up; no more than the files have room for.</param>
    public LockTable(ExportTable exports, ProcFd procFd, OwnedFd owners, OwnedFd ranges, LockLimits limits)
    {
        _owners = new LockOwners(owners);
        _ranges = new LockRanges(ranges);
        limits = limits with
        {
            Owners = Math.Min(limits.Owners, _owners.Capacity),
            Ranges = Math.Min(limits.Ranges, _ranges.Capacity),
        };
        _exports = exports;
        _procFd = procFd;
        _limits = limits;
        _waiters = new List<LockWaiter>(limits.Waiters);
    }

    /// <summary>Whether there is any lock, or request that waits for one.</summary>
    public bool HasAny => _count != 0;

    /// <summary>Ranges of files that are locked; the whole file is one, for flock(2).</summary>
    public int RangeCount
    {
        get
        {
            lock (_lock)
                return _ranges.Count;
        }
    }

    /// <summary>Requests that wait for a lock.</summary>
    public int WaiterCount
    {
        get
        {
            lock (_lock)
                return _waiters.Count;
        }
    }

    /// <summary>Finds what is in the way of a POSIX lock.</summary>
    /// <param name="nodeId">The file.</param>
    /// <param name="file">The open file.</param>
    /// <param name="owner">Whose own locks do not count.</param>
    /// <param name="query">The lock; afterwards what is in the way, or F_UNLCK.</param>
    public Errno Get(ulong nodeId, in HandlePin file, ulong owner, ref FileLock query)
    {
        var wanted = query;
        lock (_lock)
        {
            var index = _owners.Find(nodeId, owner, flock: false);
            var error = HostLock.Query(index < 0 ? file.Fd : _owners.At(index)->Fd, ref query, out var pid);
            // Process numbers of the host mean nothing in the guest.
            query.Pid = 0;
            if (error != Errno.None || query.Type == Fcntl.F_UNLCK || pid > 0)
                return error;
            var conflict = FindConflict(nodeId, owner, flock: false, wanted);
            if (conflict is not null)
                query.Pid = conflict->Pid;
            return error;
        }
    }

    /// <summary>Sets or takes away a lock.</summary>
    /// <param name="request">The request: SETLK or SETLKW.</param>
    /// <param name="file">The open file; taken over.</param>
    /// <param name="wanted">Its arguments, checked.</param>
    /// <param name="flock">For flock(2), not POSIX.</param>
    /// <param name="wait">Whether it may wait.</param>
    /// <returns>What a handler returns.</returns>
    public int Set(Request request, HandlePin file, in LkIn wanted, bool flock, bool wait)
    {
        Errno error;
        lock (_lock)
        {
            error = Try(request.Header.NodeId, file, wanted, flock, out var weaker);
            if (weaker)
                Retry(request.Header.NodeId);
            if (error == Errno.EAGAIN && wait)
            {
                error = AddWaiter(request, file, wanted, flock);
                if (error == Errno.None)
                    return Rings.IRequestProcessor.Deferred;
            }
        }

        file.Dispose();
        return request.Fail(error);
    }

    /// <summary>A process closes a descriptor of a file: all its POSIX locks there end.</summary>
    public void Flush(ulong nodeId, ulong owner)
    {
        if (!HasAny)
            return;
        lock (_lock)
        {
            var index = _owners.Find(nodeId, owner, flock: false);
            if (index < 0)
                return;
            Drop(index);
            Retry(nodeId);
        }
    }

    /// <summary>A handle is given up: its flock ends, and so do locks of owners that are this open file of the guest.</summary>
    /// <param name="nodeId">The file.</param>
    /// <param name="handle">The handle.</param>
    /// <param name="file">The open file, still pinned.</param>
    public void Release(ulong nodeId, ulong handle, in HandlePin file)
    {
        lock (_lock)
        {
            Expel(waiter => waiter.NodeId == nodeId && waiter.Wanted.Handle == handle, Errno.EBADF);
            var any = false;
            for (var index = _owners.First(nodeId); index >= 0;)
            {
                var next = _owners.After(index);
                if (_owners.At(index)->Handle == handle)
                {
                    // Requests may still use the descriptor, which would keep the lock.
                    if (_owners.At(index)->Flock)
                        _ = HostLock.SetFlock(file.Fd, Fcntl.F_UNLCK, wait: false);
                    Drop(index);
                    any = true;
                }

                index = next;
            }

            if (any)
                Retry(nodeId);
        }
    }

    /// <summary>Drops all locks of an export, or, with null, all locks; what waits is answered.</summary>
    public void Sweep(Export? export)
    {
        lock (_lock)
        {
            Expel(waiter => export is null || waiter.File.Export == export, Errno.ESTALE);
            for (var i = _owners.NextTaken(0); i >= 0; i = _owners.NextTaken(i + 1))
            {
                if (export is null || _owners.At(i)->Export == export.Index)
                    Drop(i);
            }
        }
    }

    /// <summary>Takes up the locks of a dead worker: they are held still, by descriptors that came along.</summary>
    /// <param name="descriptors">The dead worker's descriptors.</param>
    /// <param name="handles">The open files, taken up already.</param>
    public void Recover(DescriptorMap descriptors, HandleTable handles)
    {
        lock (_lock)
        {
            _owners.Recover(slot => TryTakeUp(slot, descriptors, handles));
            foreach (var range in _ranges.TakeAll())
            {
                if (_owners.IsTaken(range.Owner) && range.Start <= range.End && range.End <= HostLock.LastByte)
                    _ranges.Apply(range.Owner, ref _owners.At(range.Owner)->Ranges, range.Start, range.End, range.Type, range.Pid);
            }

            Recount();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owners.Dispose();
        _ranges.Dispose();
    }

    // Tries to lock. "weaker": something is locked less than before.
    private Errno Try(ulong nodeId, in HandlePin file, in LkIn wanted, bool flock, out bool weaker) => flock
        ? TryFlock(nodeId, file, wanted, out weaker)
        : TryRange(nodeId, file, wanted, out weaker);

    private Errno TryRange(ulong nodeId, in HandlePin file, in LkIn wanted, out bool weaker)
    {
        weaker = false;
        var (start, end, type) = (wanted.Lock.Start, wanted.Lock.End, wanted.Lock.Type);
        var index = _owners.Find(nodeId, wanted.Owner, flock: false);
        if (index < 0)
        {
            if (type == Fcntl.F_UNLCK)
                return Errno.None;
            var error = Open(nodeId, file, wanted, out index);
            if (error != Errno.None)
                return error;
        }

        var slot = _owners.At(index);
        slot->Handle = wanted.Handle;
        if (type == Fcntl.F_WRLCK && !slot->Writable)
        {
            var error = MakeWritable(slot, file);
            if (error != Errno.None)
                return error;
        }

        if (_ranges.Count + _ranges.Needed(slot->Ranges, start, end, type) > _limits.Ranges)
            return Errno.ENOLCK;
        var result = HostLock.Set(slot->Fd, start, end, type, wait: false);
        if (result == Errno.None)
            weaker = _ranges.Apply(index, ref slot->Ranges, start, end, type, wanted.Lock.Pid);
        return result;
    }

    private Errno TryFlock(ulong nodeId, in HandlePin file, in LkIn wanted, out bool weaker)
    {
        weaker = false;
        var type = wanted.Lock.Type;
        var index = _owners.Find(nodeId, wanted.Handle, flock: true);
        if (index < 0 && type != Fcntl.F_UNLCK && (_owners.Count >= _limits.Owners || _ranges.Count >= _limits.Ranges))
            return Errno.ENOLCK;
        if (file.Export!.IsRemoved)
            return Errno.ESTALE;
        var result = HostLock.SetFlock(file.Fd, type, wait: false);
        weaker = NoteFlock(nodeId, file.Export, wanted, result == Errno.None ? type : Fcntl.F_UNLCK);
        return result;
    }

    // flock(2) gives an old lock up before it takes another kind of it, also when that fails.
    private bool NoteFlock(ulong nodeId, Export export, in LkIn wanted, uint type)
    {
        var index = _owners.Find(nodeId, wanted.Handle, flock: true);
        if (type == Fcntl.F_UNLCK)
        {
            if (index >= 0)
                Drop(index);
            return index >= 0;
        }

        if (index < 0)
        {
            index = _owners.Add(new LockOwner
            {
                NodeId = nodeId,
                Owner = wanted.Handle,
                Handle = wanted.Handle,
                Fd = -1,
                Export = export.Index,
                Flock = true,
            });
            Recount();
        }

        return _ranges.Apply(index, ref _owners.At(index)->Ranges, 0, HostLock.LastByte, type, wanted.Lock.Pid);
    }

    private Errno Open(ulong nodeId, in HandlePin file, in LkIn wanted, out int index)
    {
        index = -1;
        if (_owners.Count >= _limits.Owners && !TryDropIdle())
            return Errno.ENOLCK;
        if (file.Export!.IsRemoved)
            return Errno.ESTALE;
        var fd = Reopen(file.Fd, wanted.Lock.Type, out var writable);
        if (fd < 0)
            return LinuxException.LastErrno;
        file.Export.Enter();
        index = _owners.Add(new LockOwner
        {
            NodeId = nodeId,
            Owner = wanted.Owner,
            Handle = wanted.Handle,
            Fd = fd,
            Export = file.Export.Index,
            Writable = writable,
        });
        Recount();
        return Errno.None;
    }

    // Opens the locks' file with the rights of the handle, so that a lock needs what it needs on a local file system (EBADF).
    private int Reopen(int fd, uint type, out bool writable)
    {
        var flags = Fcntl.fcntl(fd, Fcntl.F_GETFL, 0);
        writable = (flags & Fcntl.O_ACCMODE) != Fcntl.O_RDONLY;
        if (flags < 0 || !writable)
            return flags < 0 ? -1 : _procFd.Reopen(fd, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK);
        // Both, where that is allowed, since the owner may come with another handle.
        var kept = (flags & Fcntl.O_APPEND) | Fcntl.O_NONBLOCK;
        var both = _procFd.Reopen(fd, kept | Fcntl.O_RDWR);
        return both >= 0 || type == Fcntl.F_RDLCK ? both : _procFd.Reopen(fd, kept | (flags & Fcntl.O_ACCMODE));
    }

    // What was locked so far was for reading, so the new open file description gets it while the old one still has it.
    private Errno MakeWritable(LockOwner* slot, in HandlePin file)
    {
        if (slot->Waiting > 0)
            return Errno.ENOLCK;
        var fd = Reopen(file.Fd, Fcntl.F_WRLCK, out var writable);
        if (fd < 0 || !writable)
        {
            var error = fd < 0 ? LinuxException.LastErrno : Errno.EBADF;
            _ = Unistd.close(fd);
            return error;
        }

        var next = slot->Ranges;
        while (_ranges.Take(ref next) is var range && range is not null)
        {
            var error = HostLock.Set(fd, range->Start, range->End, range->Type, wait: false);
            if (error == Errno.None)
                continue;
            _ = Unistd.close(fd);
            return error;
        }

        (fd, slot->Fd) = (slot->Fd, fd);
        slot->Writable = true;
        _ = Unistd.close(fd);
        return Errno.None;
    }

    // An owner that holds nothing keeps its descriptor only for the next lock.
    private bool TryDropIdle()
    {
        for (var i = _owners.NextTaken(0); i >= 0; i = _owners.NextTaken(i + 1))
        {
            var slot = _owners.At(i);
            if (slot->Ranges != 0 || slot->Waiting > 0)
                continue;
            Drop(i);
            return true;
        }

        return false;
    }

    // Ends all locks of an owner. While threads wait on its descriptor that stays, for what they wait for is asked for still.
    private void Drop(int index)
    {
        var slot = _owners.At(index);
        _ranges.Clear(ref slot->Ranges);
        if (slot->Waiting > 0)
        {
            _ = HostLock.Set(slot->Fd, 0, HostLock.LastByte, Fcntl.F_UNLCK, wait: false);
            return;
        }

        var (fd, export) = (slot->Fd, slot->Export);
        _owners.Remove(index);
        Recount();
        if (fd < 0)
            return;
        _ = Unistd.close(fd);
        _exports.At(export).Leave();
    }

    private bool TryTakeUp(LockOwner* slot, DescriptorMap descriptors, HandleTable handles)
    {
        if (slot->Flock)
        {
            using var file = handles.Pin(slot->Owner, slot->NodeId);
            return file.Error == Errno.None;
        }

        slot->Fd = descriptors.Take(slot->Fd);
        if (slot->Fd < 0)
            return false;
        if (!_exports.Has(slot->Export))
        {
            _ = Unistd.close(slot->Fd);
            return false;
        }

        _exports.At(slot->Export).Enter();
        return true;
    }

    private void Recount() => _count = _owners.Count + _waiters.Count;

    // A lock that another owner has and that is in the way; null when it is nobody's in this guest.
    private LockRange* FindConflict(ulong nodeId, ulong owner, bool flock, in FileLock wanted)
    {
        for (var index = _owners.First(nodeId); index >= 0; index = _owners.After(index))
        {
            var slot = _owners.At(index);
            if (slot->Flock != flock || slot->Owner == owner)
                continue;
            var range = _ranges.FindConflict(slot->Ranges, wanted.Start, wanted.End, wanted.Type);
            if (range is not null)
                return range;
        }

        return null;
    }
}
