using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.State;

/// <summary>
/// One shard of a <see cref="SharedSlots{T}"/>. Which records are taken is kept beside the file, in this process alone, and follows
/// from the live ones when a worker starts. Not thread-safe: the table that owns it has a lock.
/// </summary>
/// <typeparam name="T">A record.</typeparam>
internal sealed unsafe class SlotShard<T> : IDisposable
    where T : unmanaged, ITableSlot
{
    private const int ChunkBits = 9;
    private const int ChunkSlots = SharedSlots<T>.ChunkSlots;
    private const int WordsPerChunk = ChunkSlots / 64;

    // Empty chunks stay while fewer records than these are free elsewhere: a count that swings must not cost a page fault each time.
    private const int FreeSlotsKept = 2 * ChunkSlots;

    private readonly int _file;
    private readonly ShardHeader* _header;
    private readonly byte* _map;
    private readonly nuint _first;
    private readonly nuint _stride;
    private readonly int _limit;

    // One bit per record, set while it is taken; taken records per chunk.
    private ulong* _taken;
    private ushort* _counts;
    private int _chunks;
    private int _free;
    // No chunk below this one has a free record.
    private int _hint;

    /// <summary>Makes the view of a shard in which nothing is taken yet.</summary>
    internal SlotShard(int file, ShardHeader* header, byte* map, nuint first, nuint stride, int limit)
    {
        _file = file;
        _header = header;
        _map = map;
        _first = first;
        _stride = stride;
        _limit = limit;
    }

    /// <summary>Records below this index may be asked for.</summary>
    public int Used => Math.Min(Volatile(_header->Used), _limit * ChunkSlots);

    /// <summary>Records that can be taken in all.</summary>
    public int Capacity => _limit * ChunkSlots;

    /// <summary>The record at an index below <see cref="Used"/>.</summary>
    public T* At(int index) => (T*)(_map + _first + ((nuint)((uint)index >> ChunkBits) * _stride)) + (index & (ChunkSlots - 1));

    /// <summary>Whether a record is taken.</summary>
    public bool IsTaken(int index) =>
        index >= 0 && index >> ChunkBits < _chunks && (_taken[index >> 6] & (1ul << (index & 63))) != 0;

    /// <summary>Takes a record; its content is whatever was there.</summary>
    /// <returns>Its index, or −1 when the shard is full.</returns>
    public int Take()
    {
        while (_hint < _chunks && _counts[_hint] == ChunkSlots)
            _hint++;
        if (_hint == _chunks)
        {
            if (_chunks == _limit)
                return -1;
            Extend(_chunks + 1);
        }

        var words = _taken + (_hint * WordsPerChunk);
        for (var i = 0; ; i++)
        {
            if (words[i] == ulong.MaxValue)
                continue;
            var index = (_hint * ChunkSlots) + (i * 64) + BitOperations.TrailingZeroCount(~words[i]);
            Mark(index);
            return index;
        }
    }

    /// <summary>A generation for a record that is added: never 0, and not one that the record had before.</summary>
    public uint NextGeneration() => ++_header->Generation == 0 ? ++_header->Generation : _header->Generation;

    /// <summary>Gives a record back.</summary>
    /// <param name="index">Its index; it is not live.</param>
    /// <returns>A chunk whose memory may go: to be given to <see cref="Release"/> outside the lock and then to <see cref="Reopen"/>; or −1.</returns>
    public int Return(int index)
    {
        var chunk = index >> ChunkBits;
        _taken[index >> 6] &= ~(1ul << (index & 63));
        _counts[chunk]--;
        _free++;
        if (_counts[chunk] == 0 && _free - ChunkSlots >= FreeSlotsKept)
        {
            // As if it were full, so that nobody takes from it meanwhile.
            _counts[chunk] = ChunkSlots;
            _free -= ChunkSlots;
            return chunk;
        }

        _hint = Math.Min(_hint, chunk);
        return -1;
    }

    /// <summary>Gives the memory of a chunk back to the system (fallocate(2), FALLOC_FL_PUNCH_HOLE); it is zero afterwards.</summary>
    public void Release(int chunk) => _ = Fcntl.fallocate(
        _file,
        Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE,
        (long)(_first + ((nuint)chunk * _stride)),
        ChunkSlots * sizeof(T));

    /// <summary>Lets records of a released chunk be taken again.</summary>
    public void Reopen(int chunk)
    {
        _counts[chunk] = 0;
        _free += ChunkSlots;
        _hint = Math.Min(_hint, chunk);
        while (_chunks > 0 && _counts[_chunks - 1] == 0)
        {
            _chunks--;
            _free -= ChunkSlots;
        }

        _hint = Math.Min(_hint, _chunks);
        _header->Used = _chunks * ChunkSlots;
    }

    /// <summary>The next index from <paramref name="index"/> on whose record is taken, or −1.</summary>
    public int NextTaken(int index)
    {
        var end = _chunks * ChunkSlots;
        while (index < end)
        {
            var rest = _taken[index >> 6] >> (index & 63);
            if (rest != 0)
                return index + BitOperations.TrailingZeroCount(rest);
            index = (index | 63) + 1;
        }

        return -1;
    }

    /// <summary>Takes a record that the file has already: to be called for every one that counts, before any other is taken.</summary>
    public void Claim(int index)
    {
        if (index >> ChunkBits >= _chunks)
            Extend((index >> ChunkBits) + 1);
        Mark(index);
    }

    /// <summary>Ends the claiming: what comes after the last claimed record is free.</summary>
    public void EndClaims() => _header->Used = _chunks * ChunkSlots;

    /// <summary>The next index from <paramref name="index"/> on whose record is live in the file, or −1. For files that another process filled.</summary>
    public int NextLive(int index)
    {
        for (var used = Used; index < used; index++)
        {
            // Reading a hole would make a page of it.
            if ((index & (ChunkSlots - 1)) == 0 && IsHole(index >> ChunkBits))
                index += ChunkSlots - 1;
            else if (At(index)->IsLive)
                return index;
        }

        return -1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_taken);
        NativeMemory.Free(_counts);
        _taken = null;
        _counts = null;
        _chunks = 0;
    }

    private static int Volatile(in int value) => Math.Max(0, System.Threading.Volatile.Read(ref Unsafe.AsRef(in value)));

    private bool IsHole(int chunk)
    {
        var start = (long)(_first + ((nuint)chunk * _stride));
        var data = Unistd.lseek(_file, start, Unistd.SEEK_DATA);
        return data < 0 || data >= start + (ChunkSlots * sizeof(T));
    }

    private void Mark(int index)
    {
        _taken[index >> 6] |= 1ul << (index & 63);
        _counts[index >> ChunkBits]++;
        _free--;
    }

    private void Extend(int chunks)
    {
        _taken = (ulong*)NativeMemory.Realloc(_taken, (nuint)(chunks * WordsPerChunk * sizeof(ulong)));
        _counts = (ushort*)NativeMemory.Realloc(_counts, (nuint)(chunks * sizeof(ushort)));
        NativeMemory.Clear(_taken + (_chunks * WordsPerChunk), (nuint)((chunks - _chunks) * WordsPerChunk * sizeof(ulong)));
        NativeMemory.Clear(_counts + _chunks, (nuint)((chunks - _chunks) * sizeof(ushort)));
        _free += (chunks - _chunks) * ChunkSlots;
        _chunks = chunks;
        _header->Used = Math.Max(Used, chunks * ChunkSlots);
    }
}
