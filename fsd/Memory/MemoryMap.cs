using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Memory;

/// <summary>Guest memory: a table that is replaced as a whole at each change.</summary>
internal sealed class MemoryMap : IDisposable
{
    // Lock order: _change, then _left. _change guards who replaces the table, and the list of readers.
    private readonly Lock _change = new();
    private readonly List<MemoryReader> _readers = [];

    // Pulsed by readers that leave while somebody waits for them.
    private readonly object _left = new();
    private int _waiting;

    private MemoryTable _current = new([]);

    /// <summary>The table as it is now. Only a <see cref="MemoryReader"/> may use what is in it, or the holder of a reference.</summary>
    public MemoryTable Current => Volatile.Read(ref _current);

    /// <summary>Makes a way to memory for one thread.</summary>
    public MemoryReader AddReader()
    {
        var reader = new MemoryReader(this);
        lock (_change)
            _readers.Add(reader);
        return reader;
    }

    /// <summary>Forgets a reader whose thread has ended.</summary>
    /// <param name="reader">The reader, outside of memory.</param>
    public void RemoveReader(MemoryReader reader)
    {
        lock (_change)
            _readers.Remove(reader);
    }

    /// <summary>Holds the current table, for a thread that is not inside of memory, or may be. To be released. Never waits.</summary>
    public MemoryTable Hold()
    {
        while (true)
        {
            var table = Current;
            if (table.TryAddReference())
                return table;
        }
    }

    /// <summary>Adds a region.</summary>
    /// <param name="record">Where it is.</param>
    /// <param name="file">Its file.</param>
    /// <exception cref="LinuxException">EEXIST when it overlaps another, ENOSPC when there are too many, EINVAL, or what mmap(2) says.</exception>
    public void Add(in RegionRecord record, OwnedFd file)
    {
        var region = GuestRegion.Map(record, file);
        try
        {
            lock (_change)
                Replace([.. _current.Regions, region]);
        }
        finally
        {
            region.Release();
        }
    }

    /// <summary>Removes a region, once no queue is inside a request that began before.</summary>
    /// <param name="record">Its guest address, front-end address and size.</param>
    /// <exception cref="LinuxException">ENOENT when there is none such.</exception>
    public void Remove(in RegionRecord record)
    {
        lock (_change)
        {
            var rest = new List<GuestRegion>();
            foreach (var region in _current.Regions)
            {
                if (!region.Matches(record))
                    rest.Add(region);
            }

            if (rest.Count == _current.Regions.Length)
                throw new LinuxException(Errno.ENOENT, "memory map", GuestRegion.Describe(record));
            Replace([.. rest]);
        }
    }

    /// <summary>Replaces all regions, once no queue is inside a request that began before.</summary>
    /// <param name="regions">New regions, mapped; the map takes the caller's reference, also when it throws.</param>
    /// <exception cref="LinuxException">EEXIST when two overlap, ENOSPC when there are too many.</exception>
    public void Set(IReadOnlyList<GuestRegion> regions)
    {
        try
        {
            lock (_change)
                Replace([.. regions]);
        }
        finally
        {
            foreach (var region in regions)
                region.Release();
        }
    }

    /// <summary>Unmaps everything. No reader is left.</summary>
    public void Dispose()
    {
        lock (_change)
            Replace([]);
    }

    /// <summary>Called by a reader after it has left.</summary>
    internal void ReaderLeft()
    {
        if (Volatile.Read(ref _waiting) == 0)
            return;
        lock (_left)
            Monitor.PulseAll(_left);
    }

    private void Replace(GuestRegion[] regions)
    {
        if (regions.Length > MemoryTable.MaxRegions)
            throw new LinuxException(Errno.ENOSPC, "memory map", $"more than {MemoryTable.MaxRegions} regions");
        Array.Sort(regions, static (a, b) => a.GuestAddress.CompareTo(b.GuestAddress));
        for (var i = 1; i < regions.Length; i++)
        {
            if (regions[i].GuestAddress - regions[i - 1].GuestAddress < regions[i - 1].Size)
                throw new LinuxException(Errno.EEXIST, "memory map", $"regions overlap at guest address 0x{regions[i].GuestAddress:x}");
        }

        var old = _current;
        Volatile.Write(ref _current, new MemoryTable(regions));
        AwaitReaders(old);
        old.Release();
    }

    private void AwaitReaders(MemoryTable old)
    {
        // A full fence: a reader either sees that somebody waits, or is seen to have left.
        Interlocked.Increment(ref _waiting);
        lock (_left)
        {
            while (_readers.Any(reader => reader.Uses(old)))
                Monitor.Wait(_left);
        }

        Interlocked.Decrement(ref _waiting);
    }
}
