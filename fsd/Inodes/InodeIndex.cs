using System;
using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// From the hash of a file to its record: open addressing in native memory, for the collector need not know of a million entries.
/// It is this process's own and is built anew from the records. Not thread-safe: a shard has a lock.
/// </summary>
internal sealed unsafe class InodeIndex : IDisposable
{
    // An entry: [part of the hash : 10][record + 1 : 22]; 0 is free.
    private const int IndexBits = 22;
    private const uint IndexMask = (1u << IndexBits) - 1;
    private const int Smallest = 64;

    private uint* _entries;
    private int _size;
    private int _count;

    /// <summary>Most records that a shard can have.</summary>
    public const int Capacity = (int)IndexMask;

    /// <summary>Gives the hash of a record that is in the index.</summary>
    /// <param name="index">The record.</param>
    internal delegate ulong HashOf(int index);

    /// <summary>Begins a search.</summary>
    /// <param name="hash">Of what is sought.</param>
    public Probe Find(ulong hash) => new(this, hash);

    /// <summary>Adds a record that is not in the index.</summary>
    /// <param name="index">The record.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="hashOf">Of the others.</param>
    public void Add(int index, ulong hash, HashOf hashOf)
    {
        // Three quarters full at most; then half as large again, so that it is never less than half full for long.
        if (_count * 4 >= _size * 3)
            Resize(Math.Max(Smallest, _size + (_size >> 1)), hashOf);
        Put(index, hash);
        _count++;
    }

    /// <summary>Takes a record out.</summary>
    /// <param name="index">The record.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="hashOf">Of the others.</param>
    public void Remove(int index, ulong hash, HashOf hashOf)
    {
        var hole = Home(hash);
        while (_entries[hole] != 0 && (_entries[hole] & IndexMask) - 1 != index)
            hole = Next(hole);
        if (_entries[hole] == 0)
            return;

        // What comes after moves up, unless it would leave the way that a search for it goes.
        for (var at = Next(hole); _entries[at] != 0; at = Next(at))
        {
            var home = Home(hashOf((int)(_entries[at] & IndexMask) - 1));
            var stays = hole <= at ? hole < home && home <= at : hole < home || home <= at;
            if (stays)
                continue;
            _entries[hole] = _entries[at];
            hole = at;
        }

        _entries[hole] = 0;
        _count--;
        if (_size > Smallest && _count * 5 < _size)
            Resize(Math.Max(Smallest, _size / 2), hashOf);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_entries);
        _entries = null;
        _size = 0;
        _count = 0;
    }

    private static uint Tag(ulong hash) => (uint)(hash >> 8) << IndexBits;

    private int Home(ulong hash) => (int)(((hash >> 32) * (uint)_size) >> 32);

    private int Next(int at) => at + 1 == _size ? 0 : at + 1;

    private void Put(int index, ulong hash)
    {
        var at = Home(hash);
        while (_entries[at] != 0)
            at = Next(at);
        _entries[at] = Tag(hash) | (uint)(index + 1);
    }

    private void Resize(int size, HashOf hashOf)
    {
        var old = _entries;
        var count = _size;
        _entries = (uint*)NativeMemory.AllocZeroed((nuint)size, sizeof(uint));
        _size = size;
        for (var i = 0; i < count; i++)
        {
            if (old[i] != 0)
                Put((int)(old[i] & IndexMask) - 1, hashOf((int)(old[i] & IndexMask) - 1));
        }

        NativeMemory.Free(old);
    }

    /// <summary>A search: gives the records whose hash may be the one sought, one by one.</summary>
    internal ref struct Probe
    {
        private readonly InodeIndex _index;
        private readonly uint _tag;
        private int _at;

        internal Probe(InodeIndex index, ulong hash)
        {
            _index = index;
            _tag = Tag(hash);
            _at = index._size == 0 ? -1 : index.Home(hash);
        }

        /// <summary>The next record to be compared, or −1.</summary>
        public int Next()
        {
            if (_at < 0)
                return -1;
            while (_index._entries[_at] is var entry && entry != 0)
            {
                _at = _index.Next(_at);
                if ((entry & ~IndexMask) == _tag)
                    return (int)(entry & IndexMask) - 1;
            }

            return -1;
        }
    }
}
