using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Locks;

/// <summary>
/// Slots in native memory, in chunks that never move: a table of many small records that the collector does not have to know.
/// Not thread-safe: the table that owns it has a lock.
/// </summary>
internal unsafe struct SlotStore<T>
    where T : unmanaged
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    private T** _chunks;
    private int _capacity;
    private int _free;
    private int* _freeList;

    /// <summary>Slots that were ever in use: indexes below this one may be asked for.</summary>
    public int Used { get; private set; }

    /// <summary>The slot at an index below <see cref="Used"/>.</summary>
    public readonly T* At(int index) => _chunks[index >> ChunkBits] + (index & (ChunkSize - 1));

    /// <summary>Takes a slot; a fresh one is all zero, one used before is as it was left.</summary>
    /// <returns>Its index.</returns>
    public int Take()
    {
        if (_free > 0)
            return _freeList[--_free];
        if (Used == _capacity)
        {
            var chunk = (T*)NativeMemory.AllocZeroed(ChunkSize, (nuint)sizeof(T));
            var chunks = (nuint)(_capacity >> ChunkBits);
            _chunks = (T**)NativeMemory.Realloc(_chunks, (chunks + 1) * (nuint)sizeof(T*));
            _chunks[chunks] = chunk;
            _capacity += ChunkSize;
            _freeList = (int*)NativeMemory.Realloc(_freeList, (nuint)_capacity * sizeof(int));
        }

        return Used++;
    }

    /// <summary>Gives a slot back.</summary>
    public void Return(int index) => _freeList[_free++] = index;

    /// <summary>Frees all memory.</summary>
    public void Free()
    {
        for (var i = 0; i < _capacity >> ChunkBits; i++)
            NativeMemory.Free(_chunks[i]);
        NativeMemory.Free(_chunks);
        NativeMemory.Free(_freeList);
        this = default;
    }
}
