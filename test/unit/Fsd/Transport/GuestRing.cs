using System;
using System.Threading;
using KataShimNet.Fsd.Rings;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Transport;

/// <summary>The guest's driver of one ring, as malicious as a test wants it to be.</summary>
internal sealed unsafe class GuestRing
{
    private readonly GuestMemory _memory;
    private ushort _available;

    public GuestRing(GuestMemory memory, ushort size = 8, ushort start = 0, bool eventIndex = true, bool indirect = true)
    {
        _memory = memory;
        var at = memory.Record.GuestAddress;
        Setup = new RingSetup(size, User(at), User(at + 0x1000), User(at + 0x2000), start, eventIndex, indirect);
        _available = start;
        *AvailableIndexAt = start;
        *UsedIndexAt = start;
    }

    public RingSetup Setup { get; init; }

    /// <summary>Where a test may put buffers and tables: behind the ring.</summary>
    public ulong Buffers => _memory.Record.GuestAddress + 0x3000;

    public ushort UsedIndex => Volatile.Read(ref *UsedIndexAt);

    public ushort AvailableEvent => Volatile.Read(ref *(ushort*)_memory.At(_memory.Record.GuestAddress + 0x2000 + 4 + 8ul * Setup.Size));

    public ushort UsedEvent
    {
        set => Volatile.Write(ref *(ushort*)_memory.At(_memory.Record.GuestAddress + 0x1000 + 4 + 2ul * Setup.Size), value);
    }

    public (uint Head, uint Written) Used(int index)
    {
        var entry = (uint*)_memory.At(_memory.Record.GuestAddress + 0x2000 + 4 + 8ul * (ulong)(index % Setup.Size));
        return (entry[0], entry[1]);
    }

    public void Describe(int index, ulong address, uint length, ushort flags = 0, ushort next = 0) =>
        DescribeAt(_memory.Record.GuestAddress, index, address, length, flags, next);

    public void DescribeAt(ulong table, int index, ulong address, uint length, ushort flags = 0, ushort next = 0) =>
        *(Descriptor*)_memory.At(table + 16ul * (ulong)index) =
            new Descriptor { Address = address, Length = length, Flags = flags, Next = next };

    public void Offer(params ushort[] heads)
    {
        foreach (var head in heads)
            Place(head);
        Publish(_available);
    }

    /// <summary>Writes an entry without showing it yet.</summary>
    public void Place(ushort head)
    {
        *(ushort*)_memory.At(_memory.Record.GuestAddress + 0x1000 + 4 + 2ul * (ulong)(_available % Setup.Size)) = head;
        _available++;
    }

    public void Publish(ushort index) => Volatile.Write(ref *AvailableIndexAt, index);

    /// <summary>Waits until so many requests were given back; fails after ten seconds.</summary>
    public void AwaitUsed(ushort index) =>
        Assert.True(SpinWait.SpinUntil(() => UsedIndex == index, TimeSpan.FromSeconds(10)), $"used index {UsedIndex}, expected {index}");

    private ushort* AvailableIndexAt => (ushort*)_memory.At(_memory.Record.GuestAddress + 0x1002);

    private ushort* UsedIndexAt => (ushort*)_memory.At(_memory.Record.GuestAddress + 0x2002);

    private ulong User(ulong guest) => guest - _memory.Record.GuestAddress + _memory.Record.UserAddress;
}
