using System;
using System.Threading;

namespace KataShimNet.Fsd.Memory;

/// <summary>Guest memory as it is between two changes: regions that never change. Pointers from it are valid while it is held.</summary>
internal sealed unsafe class MemoryTable
{
    /// <summary>Most regions: what ADD_MEM_REG is told; QEMU itself holds at most 512.</summary>
    public const int MaxRegions = 509;

    // Sorted by guest address, without overlap.
    private readonly GuestRegion[] _regions;

    // One for the map that has it as its current one, one for each request that outlived its queue's turn.
    private int _references = 1;

    /// <summary>Makes a table; it holds each region.</summary>
    /// <param name="regions">Regions in order of their guest address, without overlap.</param>
    public MemoryTable(GuestRegion[] regions)
    {
        _regions = regions;
        foreach (var region in regions)
            region.AddReference();
    }

    /// <summary>The regions, in order of their guest address.</summary>
    public ReadOnlySpan<GuestRegion> Regions => _regions;

    /// <summary>Translates a guest-physical address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="host">Where we see it.</param>
    /// <param name="available">Bytes from there to the end of the region.</param>
    /// <returns>False when no region has it.</returns>
    public bool TryTranslate(ulong address, out byte* host, out ulong available)
    {
        int low = 0, high = _regions.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var region = _regions[middle];
            if (address < region.GuestAddress)
            {
                high = middle - 1;
            }
            else if (address - region.GuestAddress >= region.Size)
            {
                low = middle + 1;
            }
            else
            {
                var offset = address - region.GuestAddress;
                host = region.Host + offset;
                available = region.Size - offset;
                return true;
            }
        }

        host = null;
        available = 0;
        return false;
    }

    /// <summary>Copies out of guest memory, also across the border of two regions that follow one another.</summary>
    /// <param name="address">Guest-physical address.</param>
    /// <param name="target">Receives the bytes.</param>
    /// <returns>False when not all of the range is memory.</returns>
    public bool TryCopy(ulong address, Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (!TryTranslate(address, out var host, out var available))
                return false;
            var count = (int)Math.Min(available, (ulong)target.Length);
            new ReadOnlySpan<byte>(host, count).CopyTo(target);
            target = target[count..];
            address += (ulong)count;
        }

        return true;
    }

    /// <summary>Translates a range of the front end's addresses, which are those of the rings.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">Bytes, all in one region.</param>
    /// <returns>Where we see it, or null when no region has all of it.</returns>
    public byte* TranslateUser(ulong address, ulong length)
    {
        foreach (var region in _regions)
        {
            if (address < region.UserAddress)
                continue;
            var offset = address - region.UserAddress;
            if (offset < region.Size && length <= region.Size - offset)
                return region.Host + offset;
        }

        return null;
    }

    /// <summary>Holds the table for one more user. The caller has it held already.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Holds the table for one more user, unless nobody holds it any more.</summary>
    /// <returns>False when it is void: the map has another by now.</returns>
    public bool TryAddReference()
    {
        int count;
        do
        {
            count = Volatile.Read(ref _references);
            if (count == 0)
                return false;
        }
        while (Interlocked.CompareExchange(ref _references, count + 1, count) != count);
        return true;
    }

    /// <summary>Lets go; the last user lets go of the regions.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        foreach (var region in _regions)
            region.Release();
    }
}
