using System;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.Rings.Packed;

namespace KataShimNet.Fsd.Rings;

/// <summary>Follows a chain of descriptors and translates it. Each descriptor is copied once; nothing is read from the guest twice.</summary>
internal static unsafe class ChainReader
{
    /// <summary>Most bytes of a chain (virtio 1.3, section 2.7.5.2).</summary>
    private const ulong MaxBytes = 1ul << 32;

    /// <summary>Reads the chain that begins at a head.</summary>
    /// <param name="descriptors">The ring's table, translated.</param>
    /// <param name="size">Its entries.</param>
    /// <param name="indirect">Whether indirect tables were negotiated.</param>
    /// <param name="table">Guest memory.</param>
    /// <param name="head">Index of the head, inside the table.</param>
    /// <param name="chain">Receives the segments; its content is void after a fault.</param>
    /// <returns>What is wrong with it.</returns>
    public static RingFault Read(byte* descriptors, ushort size, bool indirect, MemoryTable table, ushort head, DescriptorChain chain)
    {
        chain.Reset(head);
        var index = head;
        for (var steps = 0; steps < size; steps++)
        {
            var descriptor = MemoryMarshal.Read<Descriptor>(new ReadOnlySpan<byte>(descriptors + index * Descriptor.TotalSize, Descriptor.TotalSize));
            if ((descriptor.Flags & Descriptor.Indirect) != 0)
            {
                return indirect && (descriptor.Flags & Descriptor.HasNext) == 0
                    ? ReadIndirect(descriptor, table, chain)
                    : RingFault.BadIndirect;
            }

            var fault = Add(descriptor, table, chain);
            if (fault != RingFault.None || (descriptor.Flags & Descriptor.HasNext) == 0)
                return fault;
            if (descriptor.Next >= size)
                return RingFault.NextOutOfRange;
            index = descriptor.Next;
        }

        return RingFault.Loop;
    }

    /// <summary>Reads a request of a packed ring, from its records.</summary>
    /// <param name="inflight">The records.</param>
    /// <param name="indirect">Whether indirect tables were negotiated.</param>
    /// <param name="table">Guest memory.</param>
    /// <param name="slot">The request.</param>
    /// <param name="chain">Receives the segments; its content is void after a fault.</param>
    /// <returns>What is wrong with it.</returns>
    public static RingFault ReadPacked(PackedInflight inflight, bool indirect, MemoryTable table, ushort slot, DescriptorChain chain)
    {
        var count = inflight.At(slot)->Num;
        for (var at = slot; count > 0; count--, at = inflight.At(at)->Next)
        {
            var state = *inflight.At(at);
            var descriptor = new Descriptor { Address = state.Address, Length = state.Length, Flags = state.Flags };
            if ((descriptor.Flags & Descriptor.Indirect) == 0)
            {
                var fault = Add(descriptor, table, chain);
                if (fault != RingFault.None)
                    return fault;
            }
            else
            {
                return indirect && inflight.At(slot)->Num == 1 ? ReadPackedIndirect(descriptor, table, chain) : RingFault.BadIndirect;
            }
        }

        return RingFault.None;
    }

    // The descriptors of a packed table stand one behind the other (virtio 1.3, section 2.8.7).
    private static RingFault ReadPackedIndirect(in Descriptor outer, MemoryTable table, DescriptorChain chain)
    {
        if (outer.Length == 0 || outer.Length % PackedDescriptor.TotalSize != 0)
            return RingFault.BadIndirect;
        var size = outer.Length / PackedDescriptor.TotalSize;
        if (size > 2 * DescriptorChain.MaxSegments)
            return RingFault.TooLong;
        Span<byte> copy = stackalloc byte[PackedDescriptor.TotalSize];
        for (var index = 0u; index < size; index++)
        {
            var address = outer.Address + index * (ulong)PackedDescriptor.TotalSize;
            if (address < outer.Address || !table.TryCopy(address, copy))
                return RingFault.BadAddress;
            var packed = MemoryMarshal.Read<PackedDescriptor>(copy);
            if ((packed.Flags & Descriptor.Indirect) != 0)
                return RingFault.BadIndirect;
            var fault = Add(new Descriptor { Address = packed.Address, Length = packed.Length, Flags = packed.Flags }, table, chain);
            if (fault != RingFault.None)
                return fault;
        }

        return RingFault.None;
    }

    private static RingFault ReadIndirect(in Descriptor outer, MemoryTable table, DescriptorChain chain)
    {
        if (outer.Length == 0 || outer.Length % Descriptor.TotalSize != 0)
            return RingFault.BadIndirect;
        var size = outer.Length / Descriptor.TotalSize;
        var index = 0u;
        Span<byte> copy = stackalloc byte[Descriptor.TotalSize];
        // Twice the segments that a chain can have is room for all that is served; a guest cannot make us walk for longer.
        for (var steps = 0u; steps < Math.Min(size, 2 * DescriptorChain.MaxSegments + 1); steps++)
        {
            var address = outer.Address + index * (ulong)Descriptor.TotalSize;
            if (address < outer.Address || !table.TryCopy(address, copy))
                return RingFault.BadAddress;
            var descriptor = MemoryMarshal.Read<Descriptor>(copy);
            if ((descriptor.Flags & Descriptor.Indirect) != 0)
                return RingFault.BadIndirect;
            var fault = Add(descriptor, table, chain);
            if (fault != RingFault.None || (descriptor.Flags & Descriptor.HasNext) == 0)
                return fault;
            if (descriptor.Next >= size)
                return RingFault.NextOutOfRange;
            index = descriptor.Next;
        }

        return RingFault.Loop;
    }

    // A descriptor that crosses the border of two regions becomes two segments.
    private static RingFault Add(in Descriptor descriptor, MemoryTable table, DescriptorChain chain)
    {
        var writable = (descriptor.Flags & Descriptor.Writable) != 0;
        if (!writable && chain.WritableCount > 0)
            return RingFault.ReadableAfterWritable;
        var address = descriptor.Address;
        var rest = descriptor.Length;
        if (address > ulong.MaxValue - rest)
            return RingFault.BadAddress;
        while (rest > 0)
        {
            if (!table.TryTranslate(address, out var host, out var available))
                return RingFault.BadAddress;
            var count = (uint)Math.Min(available, rest);
            if (!chain.TryAdd(host, count, writable))
                return RingFault.TooLong;
            address += count;
            rest -= count;
        }

        return chain.ReadableBytes + chain.WritableBytes > MaxBytes ? RingFault.TooLong : RingFault.None;
    }
}
