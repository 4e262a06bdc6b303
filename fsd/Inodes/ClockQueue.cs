using System;
using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Inodes;

/// <summary>Records with a descriptor that may be closed, in the order in which the clock's hand meets them: a ring in native memory. Not thread-safe.</summary>
internal sealed unsafe class ClockQueue : IDisposable
{
    private int* _ring;
    private int _size;
    private int _first;

    /// <summary>Records in the queue.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a record behind all others.</summary>
    public void Push(int index)
    {
        if (Count == _size)
            Grow();
        _ring[(_first + Count++) & (_size - 1)] = index;
    }

    /// <summary>Takes the record that waits longest.</summary>
    public int Pop()
    {
        var index = _ring[_first];
        _first = (_first + 1) & (_size - 1);
        Count--;
        return index;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_ring);
        _ring = null;
        _size = 0;
        Count = 0;
    }

    private void Grow()
    {
        var size = Math.Max(64, _size * 2);
        var ring = (int*)NativeMemory.Alloc((nuint)size, sizeof(int));
        for (var i = 0; i < Count; i++)
            ring[i] = _ring[(_first + i) & (_size - 1)];
        NativeMemory.Free(_ring);
        _ring = ring;
        _size = size;
        _first = 0;
    }
}
