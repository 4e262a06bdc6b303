using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Locks;

/// <summary>
/// Requests that wait. One that waits for another owner of this guest is tried again whenever that file's locks become less. One that
/// waits for somebody else on the host, who tells us nothing, gets a thread that waits in the host's kernel.
/// </summary>
/// <remarks>
/// Linux never says that a waiting task was killed (it sends no INTERRUPT over virtio): such a request waits on, and the task with it,
/// until the lock is free or the session ends.
/// </remarks>
internal sealed unsafe partial class LockTable
{
    private const int ThreadStack = 128 * 1024;

    // How soon the signal that ends a thread's wait is repeated, in case it came before the wait.
    private static readonly TimeSpan s_signalAgain = TimeSpan.FromMilliseconds(1);

    // First come, first tried.
    private readonly List<LockWaiter> _waiters;
    private readonly Stack<LockWaiter> _pool = new();
    private int _threads;
    private int _search;

    /// <summary>Ends the wait of one request with EINTR.</summary>
    /// <param name="unique">Its number.</param>
    public void Interrupt(ulong unique)
    {
        if (!HasAny)
            return;
        lock (_lock)
            Expel(waiter => waiter.Unique == unique, Errno.EINTR);
    }

    private Errno AddWaiter(Request request, HandlePin file, in LkIn wanted, bool flock)
    {
        if (_waiters.Count >= Math.Min(_limits.Waiters, request.Chain.RingSize / _limits.RingShare))
            return Errno.ENOLCK;
        var nodeId = request.Header.NodeId;
        _search++;
        if (!flock && WaitsFor(nodeId, wanted.Owner, wanted.Lock, wanted.Owner))
            return Errno.EDEADLK;
        var waiter = _pool.Count > 0 ? _pool.Pop() : new LockWaiter();
        waiter.Begin(request, file, wanted, flock);
        _waiters.Add(waiter);
        Recount();
        if (WaitsHere(waiter) || TryStartThread(waiter))
            return Errno.None;
        _waiters.Remove(waiter);
        Recount();
        _pool.Push(waiter);
        return Errno.ENOLCK;
    }

    private bool WaitsHere(LockWaiter waiter) =>
        FindConflict(waiter.NodeId, waiter.Flock ? waiter.Wanted.Handle : waiter.Wanted.Owner, waiter.Flock, waiter.Wanted.Lock) is not null;

    // Whether a lock is kept by somebody who waits, over any number of others, for an owner. As Linux does it for POSIX locks,
    // among the owners of this guest. Owners that are open files of the guest cannot be told apart and are treated alike.
    private bool WaitsFor(ulong nodeId, ulong owner, in FileLock wanted, ulong target)
    {
        for (var index = _owners.First(nodeId); index >= 0; index = _owners.After(index))
        {
            var slot = _owners.At(index);
            if (slot->Flock || slot->Owner == owner || _ranges.FindConflict(slot->Ranges, wanted.Start, wanted.End, wanted.Type) is null)
                continue;
            if (slot->Owner == target)
                return true;
            foreach (var waiter in _waiters)
            {
                if (waiter.Flock || waiter.Wanted.Owner != slot->Owner || waiter.Visited == _search)
                    continue;
                waiter.Visited = _search;
                if (WaitsFor(waiter.NodeId, waiter.Wanted.Owner, waiter.Wanted.Lock, target))
                    return true;
            }
        }

        return false;
    }

    // Something of a file is locked less than before.
    private void Retry(ulong nodeId)
    {
        var again = true;
        while (again)
        {
            again = false;
            for (var i = 0; i < _waiters.Count; i++)
            {
                var waiter = _waiters[i];
                if (waiter.NodeId != nodeId || waiter.HasThread || waiter.Ended != Errno.None)
                    continue;
                var error = Try(nodeId, waiter.File, waiter.Wanted, waiter.Flock, out var weaker);
                again |= weaker;
                if (error == Errno.EAGAIN && (WaitsHere(waiter) || TryStartThread(waiter)))
                    continue;
                Finish(waiter, error == Errno.EAGAIN ? Errno.ENOLCK : error);
                i--;
            }
        }
    }

    private void Finish(LockWaiter waiter, Errno error)
    {
        _waiters.Remove(waiter);
        Recount();
        waiter.Answer(error);
        _pool.Push(waiter);
    }

    // Ends waits. Returns when no thread is in one any more.
    private void Expel(Predicate<LockWaiter> which, Errno error)
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            var waiter = _waiters[i];
            if (waiter.Ended != Errno.None || !which(waiter))
                continue;
            waiter.Ended = error;
            if (!waiter.HasThread)
                Finish(waiter, error);
        }

        while (SignalEnded())
            Monitor.Wait(_lock, s_signalAgain);
    }

    private bool SignalEnded()
    {
        var any = false;
        foreach (var waiter in _waiters)
        {
            if (waiter.Ended == Errno.None)
                continue;
            any = true;
            if (waiter.ThreadId != 0)
                WaitSignal.Send(waiter.ThreadId);
        }

        return any;
    }

    private bool TryStartThread(LockWaiter waiter)
    {
        if (_threads >= _limits.Threads)
            return false;
        var index = waiter.Flock ? -1 : _owners.Find(waiter.NodeId, waiter.Wanted.Owner, flock: false);
        // Its own descriptor was dropped meanwhile: an owner that closes a file while another of its threads waits.
        if (!waiter.Flock && index < 0)
            return false;
        var thread = new Thread(() => WaitOnHost(waiter, index), ThreadStack) { IsBackground = true, Name = "lock-wait" };
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException)
        {
            return false;
        }

        waiter.HasThread = true;
        _threads++;
        if (index >= 0)
            _owners.At(index)->Waiting++;
        return true;
    }

    private void WaitOnHost(LockWaiter waiter, int index)
    {
        LkIn wanted;
        int fd;
        lock (_lock)
        {
            waiter.ThreadId = WaitSignal.ThisThread();
            wanted = waiter.Wanted;
            fd = waiter.Flock ? waiter.File.Fd : _owners.At(index)->Fd;
        }

        Errno error;
        do
        {
            error = waiter.Flock
                ? HostLock.SetFlock(fd, wanted.Lock.Type, wait: true)
                : HostLock.Set(fd, wanted.Lock.Start, wanted.Lock.End, wanted.Lock.Type, wait: true);
        }
        while (error == Errno.EINTR && !HasEnded(waiter));

        lock (_lock)
        {
            _threads--;
            if (index >= 0)
                _owners.At(index)->Waiting--;
            var again = false;
            if (error == Errno.None)
                error = Note(waiter, index, fd, out again);
            var nodeId = waiter.NodeId;
            Finish(waiter, waiter.Ended != Errno.None ? waiter.Ended : error);
            if (again)
                Retry(nodeId);
            Monitor.PulseAll(_lock);
        }
    }

    private bool HasEnded(LockWaiter waiter)
    {
        lock (_lock)
            return waiter.Ended != Errno.None;
    }

    // The host has given a lock: notes it, or gives it back when nobody wants it any more.
    private Errno Note(LockWaiter waiter, int index, int fd, out bool weaker)
    {
        var wanted = waiter.Wanted;
        if (waiter.Flock)
        {
            var room = waiter.Ended == Errno.None && _owners.Count < _limits.Owners && _ranges.Count < _limits.Ranges;
            if (!room)
                _ = HostLock.SetFlock(fd, Fcntl.F_UNLCK, wait: false);
            weaker = NoteFlock(waiter.NodeId, waiter.File.Export!, wanted, room ? wanted.Lock.Type : Fcntl.F_UNLCK) || !room;
            return room ? Errno.None : Errno.ENOLCK;
        }

        var slot = _owners.At(index);
        var (start, end, type) = (wanted.Lock.Start, wanted.Lock.End, wanted.Lock.Type);
        var fits = waiter.Ended == Errno.None && _ranges.Count + _ranges.Needed(slot->Ranges, start, end, type) <= _limits.Ranges;
        if (!fits)
        {
            _ = HostLock.Set(fd, start, end, Fcntl.F_UNLCK, wait: false);
            type = Fcntl.F_UNLCK;
        }

        weaker = _ranges.Apply(index, ref slot->Ranges, start, end, type, wanted.Lock.Pid) || !fits;
        return fits ? Errno.None : Errno.ENOLCK;
    }
}
