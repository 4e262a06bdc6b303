using System;
using System.Collections.Generic;
using System.Numerics;
using System.Threading;
using KataShimNet.Fsd.Dax;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>
/// Which files of the node which guests map, which of them are being cut, and which have scratch memory in some guest's window: a file on a
/// tmpfs that the keepers of the node map, and the workers map to read.
/// </summary>
/// <remarks>
/// <code>
/// page 0        header
/// page 1 on     1,024 buckets of 8 entries of 192 bytes; a file is in the bucket of its hash
/// </code>
/// Its lock is one of an open file description on its first byte, so the kernel gives it back when a keeper dies; it is held for as
/// long as it takes to look at a bucket. Readers without the lock see an entry before the file behind it changes, since whoever cuts
/// a file enters it first.
/// </remarks>
internal sealed unsafe class MapTable : IDisposable
{
    /// <summary>Name of the file in the coherency directory.</summary>
    public const string FileName = "maps.v1";

    /// <summary>Bytes of the file.</summary>
    public const int FileSize = PageSize + (Buckets * EntriesPerBucket * MapEntry.TotalSize);

    private const int PageSize = 4096;
    private const int BucketBits = 10;
    private const int Buckets = 1 << BucketBits;
    private const int EntriesPerBucket = 8;

    // Held together with the lock of the file, which all threads of a process have in common.
    private readonly Lock _lock = new();
    private readonly OwnedFd _file;
    private readonly byte* _map;

    private MapTable(OwnedFd file, byte* map)
    {
        _file = file;
        _map = map;
    }

    /// <summary>Whether there is anything in it: no lock is taken.</summary>
    public bool IsEmpty => Volatile.Read(ref Header->Count) == 0;

    /// <summary>Whether a guest may have scratch memory in the place of a part of any file. No lock is taken.</summary>
    public bool HasAnyScratch => Volatile.Read(ref Header->Scratched) != 0;

    private MapHeader* Header => (MapHeader*)_map;

    /// <summary>Opens the file, or makes it when there is none.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="LinuxException">EINVAL when it is something else; what the kernel says.</exception>
    public static MapTable Open(string path)
    {
        var file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC | Fcntl.O_NOFOLLOW, 0x180), "open", path);
        try
        {
            LockOf(file).Take();
            if (Unistd.lseek(file.Fd, 0, Unistd.SEEK_END) == 0)
                LinuxException.Check(Unistd.ftruncate(file.Fd, FileSize), "ftruncate", path);
            var table = Map(file, SysMman.PROT_READ | SysMman.PROT_WRITE, mayBeNew: true);
            LockOf(file).Release();
            return table;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Maps the file to read from it.</summary>
    /// <param name="file">Open for reading; owned from here on.</param>
    /// <exception cref="LinuxException">EINVAL when it is something else.</exception>
    public static MapTable Read(OwnedFd file) => Map(file, SysMman.PROT_READ, mayBeNew: false);

    /// <summary>Whether some guest maps a file, or it has to be treated as if one did. No lock is taken.</summary>
    /// <param name="file">The file.</param>
    public bool Has(FileIdentity file) => !IsEmpty && Find(file) is not null;

    /// <summary>Enters a daemon as one whose guest maps a file. To be done before it is mapped.</summary>
    /// <param name="file">The file.</param>
    /// <param name="slot">The daemon's slot.</param>
    /// <returns>False when there is no room: then it must not be mapped.</returns>
    public bool Enter(FileIdentity file, int slot)
    {
        using var held = Hold();
        var entry = Find(file);
        if (entry is null && (entry = Add(file)) is null)
            return false;
        Volatile.Write(ref entry->Mappers[slot / 64], entry->Mappers[slot / 64] | (1ul << (slot % 64)));
        return true;
    }

    /// <summary>Takes a daemon off, whose guest does not map a file any more.</summary>
    /// <param name="file">The file.</param>
    /// <param name="slot">The daemon's slot.</param>
    public void Leave(FileIdentity file, int slot)
    {
        using var held = Hold();
        var entry = Find(file);
        if (entry is not null)
            TakeOff(entry, slot);
    }

    /// <summary>Takes what earlier daemons of a slot have left off all files.</summary>
    /// <param name="slot">The slot.</param>
    public void ForgetDaemon(int slot)
    {
        using var held = Hold();
        for (var i = 0; i < Buckets * EntriesPerBucket; i++)
        {
            var entry = (MapEntry*)(_map + PageSize) + i;
            if (entry->State == 1)
                TakeOff(entry, slot);
        }
    }

    /// <summary>Slots of the daemons whose guests map a file.</summary>
    /// <param name="file">The file.</param>
    public IReadOnlyList<int> MappersOf(FileIdentity file)
    {
        using var held = Hold();
        var entry = Find(file);
        if (entry is null)
            return [];
        var slots = new List<int>();
        for (var word = 0; word < MapEntry.MapperWords; word++)
        {
            for (var bits = entry->Mappers[word]; bits != 0; bits &= bits - 1)
                slots.Add((word * 64) + BitOperations.TrailingZeroCount(bits));
        }

        return slots;
    }

    /// <summary>Begins to change the size of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="self">Who does.</param>
    /// <param name="end">Where the file will end; nobody maps what lies past it from now on.</param>
    /// <param name="holder">Who does it already, when this returns EBUSY.</param>
    /// <param name="epoch">With EBUSY: for <see cref="Wait"/>.</param>
    /// <returns>None; EBUSY; ENOLCK when there is no room.</returns>
    public Errno TryBegin(FileIdentity file, PeerId self, long end, out PeerId holder, out uint epoch)
    {
        using var held = Hold();
        holder = default;
        epoch = Header->Epoch;
        var entry = Find(file);
        if (entry is not null && entry->Owner != 0)
        {
            holder = new PeerId(entry->Owner - 1, entry->OwnerGeneration);
            return Errno.EBUSY;
        }

        if (entry is null && (entry = Add(file)) is null)
            return Errno.ENOLCK;
        entry->Pending = end == long.MaxValue ? 0u : 1;
        (entry->OwnerGeneration, entry->End, entry->Owner) = (self.Generation, end, self.Slot + 1);
        return Errno.None;
    }

    /// <summary>Notes that no guest reaches any more what goes of a file that is about to be cut.</summary>
    /// <param name="file">The file.</param>
    public void SetPutAside(FileIdentity file)
    {
        using (Hold())
        {
            var entry = Find(file);
            if (entry is null)
                return;
            entry->Pending = 0;
            Volatile.Write(ref Header->Epoch, Header->Epoch + 1);
        }

        Wake();
    }

    /// <summary>Who cuts a file, as long as guests may still reach what goes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="epoch">For <see cref="Wait"/>.</param>
    /// <returns>Null when nobody does, or no guest reaches it any more.</returns>
    public PeerId? PendingOf(FileIdentity file, out uint epoch)
    {
        using var held = Hold();
        epoch = Header->Epoch;
        var entry = Find(file);
        return entry is null || entry->Owner == 0 || entry->Pending == 0 ? null : new PeerId(entry->Owner - 1, entry->OwnerGeneration);
    }

    /// <summary>Ends a change, whoever has begun it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="holder">Who has begun it; when it is another's by now nothing happens.</param>
    public void End(FileIdentity file, PeerId holder)
    {
        using (Hold())
        {
            var entry = Find(file);
            if (entry is null || entry->Owner != holder.Slot + 1 || entry->OwnerGeneration != holder.Generation)
                return;
            entry->Owner = 0;
            entry->Pending = 0;
            entry->End = long.MaxValue;
            DropIfIdle(entry);
            Volatile.Write(ref Header->Epoch, Header->Epoch + 1);
        }

        Wake();
    }

    /// <summary>Waits until somebody has done with some file, or has put aside what goes of it.</summary>
    /// <param name="epoch">As <see cref="TryBegin"/> or <see cref="PendingOf"/> said.</param>
    /// <param name="limit">How long at most.</param>
    public void Wait(uint epoch, TimeSpan limit)
    {
        var time = new Timespec { Seconds = (long)limit.TotalSeconds, Nanoseconds = limit.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = SysSyscall.syscall(SysSyscall.SYS_futex, (nint)(&Header->Epoch), SysSyscall.FUTEX_WAIT, (nint)epoch, (nint)(&time), 0, 0);
    }

    /// <summary>Where a file may be mapped up to: where it ends, or will end.</summary>
    /// <param name="file">The file.</param>
    public long EndOf(FileIdentity file)
    {
        if (IsEmpty)
            return long.MaxValue;
        using var held = Hold();
        var entry = Find(file);
        return entry is null ? long.MaxValue : entry->End;
    }

    /// <summary>Where a file will end that is about to be cut, when no guest reaches anything past that any more; otherwise <see cref="long.MaxValue"/>.</summary>
    /// <param name="file">The file.</param>
    public long PutAsideFrom(FileIdentity file)
    {
        if (IsEmpty)
            return long.MaxValue;
        using var held = Hold();
        var entry = Find(file);
        return entry is null || entry->Pending != 0 ? long.MaxValue : entry->End;
    }

    /// <summary>The lowest byte of a file for which some guest may have scratch memory; <see cref="long.MaxValue"/>: none. No lock is taken.</summary>
    /// <param name="file">The file.</param>
    public long ScratchFrom(FileIdentity file)
    {
        if (IsEmpty)
            return long.MaxValue;
        var entry = Find(file);
        return entry is null ? long.MaxValue : Volatile.Read(ref entry->ScratchFrom);
    }

    /// <summary>Notes where scratch memory begins.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The lowest byte, or <see cref="long.MaxValue"/> when there is none any more.</param>
    /// <param name="lower">Whether it only ever moves down.</param>
    /// <returns>False when there is no room.</returns>
    public bool NoteScratch(FileIdentity file, long from, bool lower)
    {
        using var held = Hold();
        var entry = Find(file);
        if (entry is null && (from == long.MaxValue || (entry = Add(file)) is null))
            return from == long.MaxValue;
        SetScratch(entry, lower ? Math.Min(entry->ScratchFrom, from) : from);
        DropIfIdle(entry);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = SysMman.munmap((nint)_map, FileSize);
        _file.Dispose();
    }

    private static MapTable Map(OwnedFd file, int protection, bool mayBeNew)
    {
        if (Unistd.lseek(file.Fd, 0, Unistd.SEEK_END) != FileSize)
            throw new LinuxException(Errno.EINVAL, FileName, "the file has another size");
        var map = SysMman.mmap(0, FileSize, protection, SysMman.MAP_SHARED, file.Fd, 0);
        if (map == -1)
            LinuxException.ThrowLast("mmap", FileName);
        var header = (MapHeader*)map;
        if (mayBeNew && header->Magic == 0)
            header->Magic = MapHeader.ExpectedMagic;
        if (header->Magic == MapHeader.ExpectedMagic)
            return new MapTable(file, (byte*)map);
        _ = SysMman.munmap(map, FileSize);
        throw new LinuxException(Errno.EINVAL, FileName, "the file is of another version");
    }

    private void Wake() =>
        _ = SysSyscall.syscall(SysSyscall.SYS_futex, (nint)(&Header->Epoch), SysSyscall.FUTEX_WAKE, int.MaxValue, 0, 0, 0);

    private static ByteLock LockOf(OwnedFd file) => new(file, 0);

    private static int BucketOf(FileIdentity file) => (int)(file.Hash >> (64 - BucketBits));

    private MapEntry* Bucket(FileIdentity file) => (MapEntry*)(_map + PageSize) + (BucketOf(file) * EntriesPerBucket);

    private MapEntry* Find(FileIdentity file)
    {
        var bucket = Bucket(file);
        for (var i = 0; i < EntriesPerBucket; i++)
        {
            if (bucket[i].IsOf(file))
                return bucket + i;
        }

        return null;
    }

    private MapEntry* Add(FileIdentity file)
    {
        var bucket = Bucket(file);
        for (var i = 0; i < EntriesPerBucket; i++)
        {
            var entry = bucket + i;
            if (entry->State != 0)
                continue;
            *entry = new MapEntry { Device = file.Device, Inode = file.Inode, ScratchFrom = long.MaxValue, End = long.MaxValue };
            Volatile.Write(ref entry->State, 1);
            Volatile.Write(ref Header->Count, Header->Count + 1);
            return entry;
        }

        return null;
    }

    private void TakeOff(MapEntry* entry, int slot)
    {
        entry->Mappers[slot / 64] &= ~(1ul << (slot % 64));
        // Without mappers there is nothing that could stand for the file.
        var any = false;
        for (var i = 0; i < MapEntry.MapperWords; i++)
            any |= entry->Mappers[i] != 0;
        if (!any)
            SetScratch(entry, long.MaxValue);
        DropIfIdle(entry);
    }

    // The count first when it rises, and last when it falls: who sees none finds none.
    private void SetScratch(MapEntry* entry, long from)
    {
        var (had, has) = (entry->ScratchFrom != long.MaxValue, from != long.MaxValue);
        if (has && !had)
            Volatile.Write(ref Header->Scratched, Header->Scratched + 1);
        Volatile.Write(ref entry->ScratchFrom, from);
        if (had && !has)
            Volatile.Write(ref Header->Scratched, Header->Scratched - 1);
    }

    private void DropIfIdle(MapEntry* entry)
    {
        if (!entry->IsIdle)
            return;
        Volatile.Write(ref entry->State, 0);
        Volatile.Write(ref Header->Count, Header->Count - 1);
    }

    private Held Hold()
    {
        _lock.Enter();
        try
        {
            LockOf(_file).Take();
            return new Held(this);
        }
        catch
        {
            _lock.Exit();
            throw;
        }
    }

    private readonly ref struct Held(MapTable table) : IDisposable
    {
        public void Dispose()
        {
            LockOf(table._file).Release();
            table._lock.Exit();
        }
    }
}
