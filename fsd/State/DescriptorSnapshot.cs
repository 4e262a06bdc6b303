using System.Collections.Generic;
using System.Linq;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Fsd.Locks;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.State;

/// <summary>
/// The descriptors that the tables of a dead worker own, read by the keeper while no worker runs. The numbers are the dead worker's;
/// what holds its descriptor table (the holder process) has the files.
/// </summary>
/// <remarks>
/// The next worker writes its own numbers over them. When it dies before it is through, <see cref="Restore"/> puts the tables back,
/// and the one after it starts from the same point.
/// </remarks>
internal sealed class DescriptorSnapshot
{
    private readonly List<Entry> _entries = [];

    private enum Table
    {
        Inodes,
        Mounts,
        Handles,
        Locks,
    }

    /// <summary>Each number once, rising.</summary>
    public IReadOnlyList<int> Numbers { get; private set; } = [];

    /// <summary>Reads the tables.</summary>
    /// <param name="files">Their files; they stay the caller's.</param>
    /// <exception cref="LinuxException">A file is no table.</exception>
    public static DescriptorSnapshot Of(TableFiles files)
    {
        var snapshot = new DescriptorSnapshot();
        using (var inodes = InodeTable.Map(files.Inodes.Duplicate()))
            snapshot.Read(Table.Inodes, inodes);
        using (var mounts = MountTable.Map(files.Mounts.Duplicate()))
            snapshot.Read(Table.Mounts, mounts);
        using (var handles = HandleTable.Map(files.Handles.Duplicate()))
            snapshot.Read(Table.Handles, handles);
        using (var locks = LockOwners.Map(files.Locks.Duplicate()))
            snapshot.Read(Table.Locks, locks);
        snapshot.Numbers = [.. snapshot._entries.Select(entry => entry.Fd).Distinct().Order()];
        return snapshot;
    }

    /// <summary>Writes the numbers back to where they were.</summary>
    /// <param name="files">The files that the snapshot was made of; no worker runs.</param>
    public void Restore(TableFiles files)
    {
        using (var inodes = InodeTable.Map(files.Inodes.Duplicate()))
            Restore(Table.Inodes, inodes);
        using (var mounts = MountTable.Map(files.Mounts.Duplicate()))
            Restore(Table.Mounts, mounts);
        using (var handles = HandleTable.Map(files.Handles.Duplicate()))
            Restore(Table.Handles, handles);
        using (var locks = LockOwners.Map(files.Locks.Duplicate()))
            Restore(Table.Locks, locks);
    }

    private unsafe void Read<T>(Table table, SharedSlots<T> slots)
        where T : unmanaged, ITableSlot
    {
        for (var shard = 0; shard < slots.Shards.Length; shard++)
        {
            var view = slots.Shards[shard];
            for (var i = view.NextLive(0); i >= 0; i = view.NextLive(i + 1))
            {
                var fd = view.At(i)->Fd;
                if (fd >= 0)
                    _entries.Add(new Entry(table, shard, i, fd));
            }
        }
    }

    private unsafe void Restore<T>(Table table, SharedSlots<T> slots)
        where T : unmanaged, ITableSlot
    {
        foreach (var entry in _entries)
        {
            if (entry.Table == table)
                slots.Shards[entry.Shard].At(entry.Index)->Fd = entry.Fd;
        }
    }

    private readonly record struct Entry(Table Table, int Shard, int Index, int Fd);
}
