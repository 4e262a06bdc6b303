using System;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency;

/// <summary>
/// The node's table, as one process of a daemon has it mapped: who uses which file, what changed, and whose guest may believe for how long
/// what it knows.
/// </summary>
/// <remarks>
/// Whatever is read here may have been written by a daemon that a guest took over, so it is checked and never followed. A table that cannot
/// be right is marked as damaged: then nobody grants anything any more, and nothing that is in it is believed. No call allocates.
/// Locks are short: nobody makes a system call under one, and nobody takes a second one.
/// </remarks>
internal sealed unsafe partial class NodeTable : IDisposable
{
    private const int SpinsBetweenLooks = 512;

    // The longest that the lock of a living process is waited for: afterwards something is wrong with the table.
    private static readonly long s_lockLimit = 2 * BootClock.Second;

    private readonly OwnedFd _file;
    private readonly byte* _map;
    private readonly TableHeader* _header;
    private readonly LockOwner _self;

    // When a daemon was last seen alive, so that not every question is a system call.
    private readonly long[] _aliveAt = new long[NodeTableForm.MaxDaemons];

    private NodeTable(OwnedFd file, byte* map, int daemon, uint generation, LockOwner self)
    {
        _file = file;
        _map = map;
        _header = (TableHeader*)map;
        Daemon = daemon;
        Generation = generation;
        _self = self;
    }

    /// <summary>Number of the daemon that this process is of.</summary>
    public int Daemon { get; }

    /// <summary>Its generation.</summary>
    public uint Generation { get; }

    /// <summary>Whether the table is to be believed.</summary>
    public bool IsSound => Volatile.Read(ref _header->DamagedAt) == 0 && _header->Magic == TableLayout.Magic;

    /// <summary>
    /// When changes may be made, whatever the slots say (<see cref="BootClock"/>); mostly long ago. Later than now when the table was damaged, or
    /// another one was before it: guests may still believe what they were told then.
    /// </summary>
    public long ChangesFrom
    {
        get
        {
            var now = BootClock.Now;
            if (IsSound)
                return Math.Min(Volatile.Read(ref _header->QuietUntil), now + LeaseTerms.Longest);
            var since = Volatile.Read(ref _header->DamagedAt);
            // The damage may be in these numbers too.
            if (since <= 0 || since > now)
                Volatile.Write(ref _header->DamagedAt, since = now);
            var longest = Volatile.Read(ref _header->LongestLease);
            return since + (longest is > 0 and < LeaseTerms.Longest ? longest : LeaseTerms.Longest);
        }
    }

    /// <summary>Maps the table for the keeper that has registered.</summary>
    /// <param name="registration">Its registration, which outlives this object.</param>
    /// <exception cref="LinuxException">mmap(2) failed.</exception>
    public static NodeTable ForKeeper(DaemonRegistration registration)
    {
        var file = registration.File.Duplicate();
        return new NodeTable(
            file, Map(file), registration.Daemon, registration.Generation, LockOwner.Of(registration.Daemon, isKeeper: true, registration.Generation));
    }

    /// <summary>Maps the table for a worker. It is the only one of its daemon: the one before is dead.</summary>
    /// <param name="file">The keeper's open file description, which shows that the daemon lives; owned from here on.</param>
    /// <param name="daemon">Number of the daemon.</param>
    /// <exception cref="LinuxException">mmap(2) failed; EINVAL when there is no such daemon.</exception>
    public static NodeTable ForWorker(OwnedFd file, int daemon)
    {
        if (daemon is < 0 or >= NodeTableForm.MaxDaemons)
            throw new LinuxException(Errno.EINVAL, "node table", $"daemon {daemon}");
        var map = Map(file);
        var slot = DaemonAt(map, daemon);
        // Not told to others before this worker has counted anew what its guest has open: until then the last one's counts hold.
        var worker = slot->WorkerStarts = Math.Max(slot->WorkerStarts, Volatile.Read(ref slot->WorkerGeneration)) + 1;
        return new NodeTable(file, map, daemon, Volatile.Read(ref slot->Generation), LockOwner.Of(daemon, isKeeper: false, worker));
    }

    /// <summary>
    /// Ends the counts of the worker before: to be called once, when this one has counted anew what its guest has open and mapped, and before it
    /// serves anything.
    /// </summary>
    public void Begin() => Volatile.Write(ref Own->WorkerGeneration, _self.Generation);

    /// <summary>Locks a file's slot.</summary>
    /// <param name="key">The file.</param>
    /// <param name="add">Whether to make a slot when it has none.</param>
    /// <returns>To be disposed of soon. Without a slot when there is none, or no room for one, or the table is damaged.</returns>
    public LockedNode Lock(in FileKey key, bool add)
    {
        var bucket = (BucketHead*)(_map + TableLayout.BucketsOffset + ((nint)key.Bucket * TableLayout.BucketSize));
        if (!IsSound || !TryLock(bucket))
            return default;
        var node = new LockedNode(this, bucket, Find(bucket, key, add));
        if (node.Exists && !node.IsPossible(BootClock.Now))
        {
            node.Dispose();
            Damage();
            return default;
        }

        return node;
    }

    /// <summary>Marks the table as damaged, for all.</summary>
    public void Damage() => Interlocked.CompareExchange(ref _header->DamagedAt, BootClock.Now, 0);

    /// <summary>Notes for how long this daemon may promise something.</summary>
    /// <param name="nanoseconds">With its margin; at most <see cref="LeaseTerms.Longest"/>.</param>
    public void NoteLongest(long nanoseconds)
    {
        for (var seen = Volatile.Read(ref _header->LongestLease); seen < nanoseconds;)
            seen = Interlocked.CompareExchange(ref _header->LongestLease, nanoseconds, seen) is var found && found == seen ? nanoseconds : found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = SysMman.munmap((nint)_map, (nuint)TableLayout.FileSize);
        _file.Dispose();
    }

    /// <summary>Gives a lock back.</summary>
    internal void Unlock(BucketHead* bucket) => Interlocked.CompareExchange(ref bucket->Lock, 0, _self.Value);

    /// <summary>Lower half of the generation of this worker.</summary>
    internal ushort WorkerTag => (ushort)_self.Generation;

    /// <summary>Maps the file.</summary>
    internal static byte* Map(OwnedFd file)
    {
        var map = SysMman.mmap(
            0, (nuint)TableLayout.FileSize, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, file.Fd, 0);
        if (map == -1)
            LinuxException.ThrowLast("mmap", "node table");
        _ = SysMman.madvise(map, (nuint)TableLayout.FileSize, SysMman.MADV_DONTDUMP);
        return (byte*)map;
    }

    private bool TryLock(BucketHead* bucket)
    {
        var start = 0L;
        for (var spins = 1; ; spins++)
        {
            var found = Interlocked.CompareExchange(ref bucket->Lock, _self.Value, 0);
            if (found == 0)
                return true;
            if (spins % SpinsBetweenLooks != 0)
            {
                Thread.SpinWait(4);
                continue;
            }

            if (IsStale(new LockOwner(found)))
            {
                // Every change under the lock is one store, or leaves more promised than was: what is there can be used.
                if (Interlocked.CompareExchange(ref bucket->Lock, _self.Value, found) == found)
                    return true;
                continue;
            }

            Thread.Yield();
            var now = BootClock.Now;
            start = start == 0 ? now : start;
            if (now - start < s_lockLimit)
                continue;
            Damage();
            return false;
        }
    }

    private bool IsStale(LockOwner owner)
    {
        if (owner == _self)
            return false;
        if (!owner.IsPossible)
        {
            Damage();
            return true;
        }

        var slot = DaemonAt(_map, owner.Daemon);
        var current = Volatile.Read(ref owner.IsKeeper ? ref slot->Generation : ref slot->WorkerGeneration);
        if (owner.Daemon == Daemon)
            return owner.IsKeeper ? owner.Generation != Generation : (int)(owner.Generation - current) < 0 || !_self.IsKeeper;
        return (int)(owner.Generation - current) < 0 || !IsAlive(owner.Daemon, fresh: true);
    }

    private NodeSlot* Find(BucketHead* bucket, in FileKey key, bool add)
    {
        NodeSlot* free = null;
        var first = (byte*)bucket + BucketHead.TotalSize;
        for (var i = 0; i < TableLayout.SlotsPerBucket; i++)
        {
            var slot = (NodeSlot*)(first + (i * NodeSlot.TotalSize));
            if (slot->State == 0)
                free = free is null ? slot : free;
            else if (slot->Inode == key.Inode && slot->Device == key.Device)
                return slot;
        }

        if (!add)
            return null;
        free = free is null ? Evict(bucket, first) : free;
        if (free is null)
            return null;
        new Span<byte>(free, NodeSlot.TotalSize).Clear();
        free->Device = key.Device;
        free->Inode = key.Inode;
        free->ChangedAt = bucket->ChangedAt;
        free->Version = Interlocked.Increment(ref _header->Versions);
        Volatile.Write(ref free->State, 1);
        return free;
    }

    // A slot that says nothing any more.
    private NodeSlot* Evict(BucketHead* bucket, byte* first)
    {
        var now = BootClock.Now;
        for (var i = 0; i < TableLayout.SlotsPerBucket; i++)
        {
            var slot = (NodeSlot*)(first + (i * NodeSlot.TotalSize));
            if (slot->LeaseUntil > now || slot->ContendedUntil > now || HasUsers(slot))
                continue;
            for (var seen = Volatile.Read(ref _header->Versions); seen < slot->Version;)
                seen = Interlocked.CompareExchange(ref _header->Versions, slot->Version, seen);
            bucket->ChangedAt = Math.Max(bucket->ChangedAt, slot->ChangedAt);
            Volatile.Write(ref slot->State, 0);
            return slot;
        }

        return null;
    }

    private bool HasUsers(NodeSlot* slot)
    {
        for (var i = 0; i < NodeSlot.MostUsers; i++)
        {
            var user = UserAt(slot, i);
            if (user->Daemon != 0 && !user->IsIdle && Counts(user))
                return true;
        }

        return false;
    }
}
