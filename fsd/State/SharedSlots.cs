using System;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.State;

/// <summary>
/// A table of small records in a memfd: the keeper makes the file, every worker maps it, so that what the guest knows outlives a worker.
/// </summary>
/// <remarks>
/// <code>
/// page 0               header: 16 bytes of layout, then a line of 64 bytes per shard
/// page 1 on            chunk 0 of shard 0, of shard 1, …, chunk 1 of shard 0, …
/// </code>
/// The file has its full size from the start and is sparse: only pages that were written cost memory, and records never move. A
/// worker is confined, but it parses what a guest wrote: what the keeper or the next worker reads here is checked, never followed.
/// </remarks>
/// <typeparam name="T">A record: a multiple of 8 bytes, so that a chunk is whole pages.</typeparam>
internal sealed unsafe class SharedSlots<T> : IDisposable
    where T : unmanaged, ITableSlot
{
    /// <summary>Records of a chunk, the unit in which memory goes back.</summary>
    public const int ChunkSlots = 512;

    private const int PageSize = 4096;
    private const int LineSize = 64;
    private const ulong Magic = 0x31_42_41_54_4e_54_4b; // "KTNTAB1", layout of this file

    private readonly OwnedFd _file;
    private readonly byte* _map;
    private readonly nuint _length;

    /// <summary>Maps a table, whoever filled it.</summary>
    /// <param name="file">Made by <see cref="CreateFile"/>; owned from here on.</param>
    /// <param name="shards">Parts with a lock each: a power of two up to 32.</param>
    /// <param name="chunks">Chunks per shard.</param>
    /// <exception cref="LinuxException">EINVAL when the file is a table of another form; what mmap(2) says.</exception>
    public SharedSlots(OwnedFd file, int shards, int chunks)
    {
        _file = file;
        _length = LengthOf(shards, chunks);
        if (Unistd.lseek(file.Fd, 0, Unistd.SEEK_END) != (long)_length)
            throw new LinuxException(Errno.EINVAL, "shared table", "the file has another size");
        var map = SysMman.mmap(
            0, _length, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, file.Fd, 0);
        if (map == -1)
            LinuxException.ThrowLast("mmap", "shared table");
        _map = (byte*)map;
        // Guest data it is not, but names and numbers of the guest's files it has.
        _ = SysMman.madvise(map, _length, SysMman.MADV_DONTDUMP);
        var layout = (ulong*)_map;
        var form = ((ulong)shards << 32) | (uint)sizeof(T);
        WasMapped = layout[0] != 0;
        if (!WasMapped)
        {
            layout[1] = form;
            layout[0] = Magic;
        }

        if (layout[0] != Magic || layout[1] != form)
            throw new LinuxException(Errno.EINVAL, "shared table", "the file is a table of another form");
        Shards = new SlotShard<T>[shards];
        var chunkBytes = (nuint)(ChunkSlots * sizeof(T));
        for (var i = 0; i < shards; i++)
        {
            Shards[i] = new SlotShard<T>(
                _file.Fd, (ShardHeader*)(_map + LineSize + (i * LineSize)), _map, PageSize + ((nuint)i * chunkBytes), (nuint)shards * chunkBytes, chunks);
        }
    }

    /// <summary>Whether another process, or this one, mapped the file before: then there may be records in it.</summary>
    public bool WasMapped { get; }

    /// <summary>The shards.</summary>
    public SlotShard<T>[] Shards { get; }

    /// <summary>Makes the file of an empty table.</summary>
    /// <param name="name">Its name in /proc.</param>
    /// <param name="shards">As for the constructor.</param>
    /// <param name="chunks">As for the constructor.</param>
    /// <exception cref="LinuxException">memfd_create(2) or ftruncate(2) failed.</exception>
    public static OwnedFd CreateFile(string name, int shards, int chunks)
    {
        var file = OwnedFd.FromCall(SysMman.memfd_create(name, SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING), "memfd_create", name);
        LinuxException.Check(Unistd.ftruncate(file.Fd, (long)LengthOf(shards, chunks)), "ftruncate", name);
        // A size that can change would be a SIGBUS for whoever maps the file.
        LinuxException.Check(Fcntl.fcntl(file.Fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW), "fcntl", "F_ADD_SEALS");
        return file;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in Shards)
            shard.Dispose();
        _ = SysMman.munmap((nint)_map, _length);
        _file.Dispose();
    }

    private static nuint LengthOf(int shards, int chunks) =>
        PageSize + ((nuint)shards * (nuint)chunks * (nuint)(ChunkSlots * sizeof(T)));
}
