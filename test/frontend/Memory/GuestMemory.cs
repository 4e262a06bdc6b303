using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.VhostFrontEnd.Memory;

/// <summary>The memory of the guest that is being played: one memfd, shown to the back end in several regions.</summary>
/// <remarks>
/// The regions lie at guest-physical 0 and at 4 GiB, as in a PC with a hole below 4 GiB, the second one with an offset into the
/// memfd: guest address, user address and file offset differ, so that a back end that mixes them up is found out.
/// </remarks>
public sealed unsafe class GuestMemory : IDisposable
{
    /// <summary>Guest-physical address of the second region.</summary>
    public const ulong HighBase = 1UL << 32;

    // The first page is never handed out: an address of 0 is a mistake.
    private const ulong Reserved = 4096;

    private readonly OwnedFd _file;
    private readonly byte* _base;
    private readonly ulong _total;
    private readonly Lock _lock = new();
    // Both guarded by _lock: free ranges by address, and the sizes of those handed out.
    private readonly SortedDictionary<ulong, ulong> _free = [];
    private readonly Dictionary<ulong, ulong> _taken = [];
    private int _turn;

    /// <summary>Makes memory of two regions.</summary>
    /// <param name="regionSize">Bytes of each, a multiple of the page size.</param>
    public GuestMemory(ulong regionSize = 32 << 20)
    {
        _total = 2 * regionSize;
        _file = OwnedFd.FromCall(SysMman.memfd_create("guest", SysMman.MFD_CLOEXEC), "memfd_create");
        LinuxException.Check(Unistd.ftruncate(_file.Fd, (long)_total), "ftruncate", "guest memory");
        var mapped = SysMman.mmap(0, (nuint)_total, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, _file.Fd, 0);
        if (mapped == -1)
            LinuxException.ThrowLast("mmap", "guest memory");
        _base = (byte*)mapped;
        Regions =
        [
            new MemoryRegion(0, regionSize, (ulong)_base, 0, _file.Fd),
            new MemoryRegion(HighBase, regionSize, (ulong)_base + regionSize, regionSize, _file.Fd),
        ];
        _free[Reserved] = regionSize - Reserved;
        _free[HighBase] = regionSize;
    }

    /// <summary>What the back end is told.</summary>
    public IReadOnlyList<MemoryRegion> Regions { get; }

    /// <summary>The memfd.</summary>
    public int Fd => _file.Fd;

    /// <summary>Takes a range. Turns go round the regions, so that one request uses several.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="alignment">A power of two.</param>
    /// <returns>Guest-physical address.</returns>
    public ulong Allocate(ulong size, ulong alignment = 16)
    {
        lock (_lock)
        {
            var preferred = Regions[_turn++ % Regions.Count];
            return TryTake(size, alignment, preferred.GuestAddress, preferred.GuestAddress + preferred.Size)
                ?? TryTake(size, alignment, 0, ulong.MaxValue)
                ?? throw new InvalidOperationException($"guest memory is used up: no {size} bytes are free in one piece");
        }
    }

    /// <summary>Gives a range back.</summary>
    /// <param name="address">What <see cref="Allocate"/> returned.</param>
    public void Free(ulong address)
    {
        lock (_lock)
        {
            if (!_taken.Remove(address, out var size))
                throw new InvalidOperationException($"0x{address:x} is not an allocated guest address");
            var end = address + size;
            if (_free.Remove(end, out var behind))
                size += behind;
            foreach (var (start, length) in _free)
            {
                if (start + length != address)
                    continue;
                _free[start] = length + size;
                return;
            }

            _free[address] = size;
        }
    }

    /// <summary>The bytes at a guest address.</summary>
    public Span<byte> Span(ulong address, int length) => new(Pointer(address, (ulong)length), length);

    /// <summary>Where a range of guest memory is in this process.</summary>
    public byte* Pointer(ulong address, ulong length)
    {
        foreach (var region in Regions)
        {
            if (region.Contains(address) && region.GuestAddress + region.Size - address >= length)
                return (byte*)region.UserAddress + (address - region.GuestAddress);
        }

        throw new ArgumentOutOfRangeException(nameof(address), $"0x{address:x}+{length} is not guest memory");
    }

    /// <summary>The address in this process that SET_VRING_ADDR wants.</summary>
    public ulong UserAddress(ulong address) => (ulong)Pointer(address, 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        _file.Dispose();
        _ = SysMman.munmap((nint)_base, (nuint)_total);
    }

    private ulong? TryTake(ulong size, ulong alignment, ulong from, ulong to)
    {
        size = (Math.Max(size, 1) + 15) & ~15UL;
        foreach (var (start, length) in _free)
        {
            var address = (start + alignment - 1) & ~(alignment - 1);
            if (start < from || start >= to || address - start + size > length)
                continue;
            _free.Remove(start);
            if (address > start)
                _free[start] = address - start;
            if (start + length > address + size)
                _free[address + size] = start + length - address - size;
            _taken[address] = size;
            return address;
        }

        return null;
    }
}
