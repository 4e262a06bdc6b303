using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.VhostFrontEnd.Memory;

namespace KataShimNet.VhostFrontEnd.Rings;

/// <summary>A packed virtqueue in guest memory and the driver's place in it (virtio 1.3, 2.8). Not thread-safe.</summary>
public sealed unsafe class PackedLayout : IDisposable
{
    /// <summary>The base of a ring that begins: both indexes 0, both wrap counters 1.</summary>
    public const uint FirstBase = 0x8000_8000;

    private const ushort Available = 1 << 7;
    private const ushort UsedFlag = 1 << 15;
    private const uint EventsDisabled = 1;
    private const uint EventsAtDescriptor = 2;

    private readonly GuestMemory _memory;
    private readonly byte* _ring;
    private readonly uint* _driverEvents;
    private readonly uint* _deviceEvents;
    private readonly Stack<ushort> _ids = [];
    private readonly ushort[] _counts;
    private int _free;
    private ushort _next;
    private bool _wrap;
    private ushort _used;
    private bool _usedWrap;

    /// <summary>Lays a ring of <paramref name="size"/> descriptors out.</summary>
    public PackedLayout(GuestMemory memory, ushort size)
    {
        _memory = memory;
        Size = size;
        _counts = new ushort[size];
        Ring = memory.Allocate((ulong)size * Descriptor.Size, 16);
        DriverEvents = memory.Allocate(4, 4);
        DeviceEvents = memory.Allocate(4, 4);
        _ring = memory.Pointer(Ring, (ulong)size * Descriptor.Size);
        _driverEvents = (uint*)memory.Pointer(DriverEvents, 4);
        _deviceEvents = (uint*)memory.Pointer(DeviceEvents, 4);
        Clear();
    }

    /// <summary>Number of descriptors.</summary>
    public ushort Size { get; }

    /// <summary>Guest address of the ring.</summary>
    public ulong Ring { get; }

    /// <summary>Guest address of the driver's event suppression structure.</summary>
    public ulong DriverEvents { get; }

    /// <summary>Guest address of the device's event suppression structure.</summary>
    public ulong DeviceEvents { get; }

    /// <summary>Index of the next descriptor to be made available.</summary>
    public ushort Next => _next;

    /// <summary>Zeroes the ring and begins anew.</summary>
    public void Clear()
    {
        new Span<byte>(_ring, Size * Descriptor.Size).Clear();
        *_driverEvents = *_deviceEvents = 0;
        _ids.Clear();
        for (var i = Size - 1; i >= 0; i--)
            _ids.Push((ushort)i);
        _free = Size;
        _next = _used = 0;
        _wrap = _usedWrap = true;
    }

    /// <summary>Makes a request available.</summary>
    /// <param name="segments">Its segments, or one that is an indirect table.</param>
    /// <param name="indirect">Whether it is.</param>
    /// <returns>The buffer's id.</returns>
    public ushort Offer(ReadOnlySpan<Segment> segments, bool indirect)
    {
        if (_free < segments.Length)
            throw new InvalidOperationException($"{segments.Length} descriptors are wanted, {_free} are free");
        var id = _ids.Pop();
        var (head, headFlags) = (_next, (ushort)0);
        for (var i = 0; i < segments.Length; i++)
        {
            var flags = (ushort)((indirect ? DescriptorFlags.Indirect : segments[i].Writable ? DescriptorFlags.Write : 0)
                | (i < segments.Length - 1 ? DescriptorFlags.Next : 0));
            flags |= _wrap ? Available : UsedFlag;
            Write(_next, segments[i].Address, segments[i].Length, id, i == 0 ? null : flags);
            if (i == 0)
                headFlags = flags;
            if (++_next == Size)
                (_next, _wrap) = (0, !_wrap);
        }

        _counts[id] = (ushort)segments.Length;
        _free -= segments.Length;
        SetFlags(head, headFlags);
        return id;
    }

    /// <summary>Writes a descriptor by hand, its flags last.</summary>
    /// <param name="index">Its place.</param>
    /// <param name="address">Guest address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="id">Id.</param>
    /// <param name="flags">Flags, or null to leave them.</param>
    public void Write(int index, ulong address, uint length, ushort id, ushort? flags)
    {
        var at = _ring + index * Descriptor.Size;
        *(ulong*)at = address;
        *(uint*)(at + 8) = length;
        *(ushort*)(at + 12) = id;
        if (flags is { } bits)
            SetFlags(index, bits);
    }

    /// <summary>Whether the device wants to be woken for what was offered since an index.</summary>
    public bool WantsKick(ushort since, bool eventIndex)
    {
        Interlocked.MemoryBarrier();
        var wish = Volatile.Read(ref *_deviceEvents);
        if (wish >> 16 != EventsAtDescriptor || !eventIndex)
            return wish >> 16 != EventsDisabled;
        var at = (int)(wish & 0x7fff);
        if (((wish & 0x8000) != 0) != _wrap)
            at -= Size;
        var count = (_next - since + Size) % Size;
        return (ushort)(_next - at - 1) < (ushort)(count == 0 ? Size : count);
    }

    /// <summary>Whether a used buffer waits.</summary>
    public bool HasUsed =>
        (Volatile.Read(ref *(ushort*)(_ring + _used * Descriptor.Size + 14)) & (Available | UsedFlag)) == (_usedWrap ? Available | UsedFlag : 0);

    /// <summary>Takes the next used buffer.</summary>
    public bool TryTake(out ushort id, out uint length)
    {
        var at = _ring + _used * Descriptor.Size;
        (id, length) = (0, 0);
        if (!HasUsed)
            return false;
        (id, length) = (*(ushort*)(at + 12), *(uint*)(at + 8));
        if (id >= Size || _counts[id] == 0)
            throw new FrontEndException($"a used buffer has id {id}, which is not in flight");
        _free += _counts[id];
        _used += _counts[id];
        if (_used >= Size)
            (_used, _usedWrap) = ((ushort)(_used - Size), !_usedWrap);
        _counts[id] = 0;
        _ids.Push(id);
        return true;
    }

    /// <summary>Asks to be told of the next used buffer.</summary>
    public void Arm(bool eventIndex) =>
        Volatile.Write(ref *_driverEvents, eventIndex ? (EventsAtDescriptor << 16) | _used | (_usedWrap ? 0x8000u : 0) : 0);

    /// <summary>Writes a descriptor of an indirect table.</summary>
    public static void Encode(Span<byte> target, Segment segment)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, segment.Address);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], segment.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[12..], 0);
        BinaryPrimitives.WriteUInt16LittleEndian(target[14..], (ushort)(segment.Writable ? DescriptorFlags.Write : 0));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Free(Ring);
        _memory.Free(DriverEvents);
        _memory.Free(DeviceEvents);
    }

    private void SetFlags(int index, ushort flags) => Volatile.Write(ref *(ushort*)(_ring + index * Descriptor.Size + 14), flags);
}
