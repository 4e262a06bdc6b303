using System;
using System.Buffers.Binary;
using System.Threading;
using KataShimNet.VhostFrontEnd.Memory;

namespace KataShimNet.VhostFrontEnd.Rings;

/// <summary>The three parts of a split virtqueue in guest memory, field by field (virtio 1.2, 2.7): right or wrong is up to the caller.</summary>
public sealed unsafe class VringLayout : IDisposable
{
    /// <summary>Flag of the available ring: no interrupts, please.</summary>
    public const ushort AvailNoInterrupt = 1;

    /// <summary>Flag of the used ring: no kicks, please.</summary>
    public const ushort UsedNoNotify = 1;

    private readonly GuestMemory _memory;
    private readonly byte* _table;
    private readonly byte* _avail;
    private readonly byte* _used;

    /// <summary>Lays a ring of <paramref name="size"/> descriptors out, all zero.</summary>
    public VringLayout(GuestMemory memory, ushort size)
    {
        _memory = memory;
        Size = size;
        Table = memory.Allocate((ulong)size * Descriptor.Size, 16);
        Avail = memory.Allocate((ulong)(6 + 2 * size), 2);
        Used = memory.Allocate((ulong)(6 + 8 * size), 4);
        _table = memory.Pointer(Table, (ulong)size * Descriptor.Size);
        _avail = memory.Pointer(Avail, (ulong)(6 + 2 * size));
        _used = memory.Pointer(Used, (ulong)(6 + 8 * size));
        Clear();
    }

    /// <summary>Number of descriptors.</summary>
    public ushort Size { get; }

    /// <summary>Guest address of the descriptor table.</summary>
    public ulong Table { get; }

    /// <summary>Guest address of the available ring.</summary>
    public ulong Avail { get; }

    /// <summary>Guest address of the used ring.</summary>
    public ulong Used { get; }

    /// <summary>Flags of the available ring.</summary>
    public ushort AvailFlags
    {
        get => Volatile.Read(ref *(ushort*)_avail);
        set => Volatile.Write(ref *(ushort*)_avail, value);
    }

    /// <summary>Index behind the last head that was made available.</summary>
    public ushort AvailIndex
    {
        get => Volatile.Read(ref *(ushort*)(_avail + 2));
        set => Volatile.Write(ref *(ushort*)(_avail + 2), value);
    }

    /// <summary>used_event: with EVENT_IDX, the used index at which an interrupt is wanted.</summary>
    public ushort UsedEvent
    {
        get => Volatile.Read(ref *(ushort*)(_avail + 4 + 2 * Size));
        set => Volatile.Write(ref *(ushort*)(_avail + 4 + 2 * Size), value);
    }

    /// <summary>Flags of the used ring.</summary>
    public ushort UsedFlags => Volatile.Read(ref *(ushort*)_used);

    /// <summary>Index behind the last used element.</summary>
    public ushort UsedIndex => Volatile.Read(ref *(ushort*)(_used + 2));

    /// <summary>avail_event: with EVENT_IDX, the available index at which a kick is wanted.</summary>
    public ushort AvailEvent => Volatile.Read(ref *(ushort*)(_used + 4 + 8 * Size));

    /// <summary>Writes a descriptor of the table.</summary>
    public void SetDescriptor(int index, Descriptor descriptor) => Encode(new Span<byte>(_table + index * Descriptor.Size, Descriptor.Size), descriptor);

    /// <summary>Writes an entry of the available ring.</summary>
    public void SetAvail(ushort position, ushort head) => *(ushort*)(_avail + 4 + 2 * (position % Size)) = head;

    /// <summary>Reads an element of the used ring: the head and the bytes written.</summary>
    public (uint Id, uint Length) GetUsed(ushort position)
    {
        var element = (uint*)(_used + 4 + 8 * (position % Size));
        return (element[0], element[1]);
    }

    /// <summary>Overwrites the used index, which is the device's to write.</summary>
    public void ScribbleUsed(ushort index) => Volatile.Write(ref *(ushort*)(_used + 2), index);

    /// <summary>Writes a descriptor in its form in memory, for indirect tables too.</summary>
    public static void Encode(Span<byte> target, Descriptor descriptor)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, descriptor.Address);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], descriptor.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[12..], (ushort)descriptor.Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(target[14..], descriptor.Next);
    }

    /// <summary>Zeroes all three parts, as a driver does before it starts a device.</summary>
    public void Clear()
    {
        new Span<byte>(_table, Size * Descriptor.Size).Clear();
        new Span<byte>(_avail, 6 + 2 * Size).Clear();
        new Span<byte>(_used, 6 + 8 * Size).Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Free(Table);
        _memory.Free(Avail);
        _memory.Free(Used);
    }
}
