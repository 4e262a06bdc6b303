using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.Hostile.Guests;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;
using static KataShimNet.VhostFrontEnd.Rings.DescriptorFlags;

namespace KataShimNet.Hostile.Cases;

/// <summary>Chains that a driver must not write: each comes back used, twice, and its queue goes on.</summary>
internal static class ChainCases
{
    private const ulong Hole = 0xC000_0000;
    private const ulong EndOfRegion = 32 << 20;

    // Each builds descriptors from the numbers of three reserved ones, the request's address and the reply's.
    private static readonly Dictionary<string, Func<ushort[], ulong, ulong, Descriptor[]>> s_chains = new()
    {
        ["next outside of the table"] = (d, q, r) => [new(q, 56, Next, 64)],
        ["next far outside of the table"] = (d, q, r) => [new(q, 56, Next, 0xFFFF)],
        ["next outside of the table, behind a good one"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, 120, Write | Next, 64)],
        ["a loop of one"] = (d, q, r) => [new(q, 56, Next, d[0])],
        ["a loop of one that is empty"] = (d, q, r) => [new(q, 0, Next, d[0])],
        ["a loop of one that is room"] = (d, q, r) => [new(r, 120, Write | Next, d[0])],
        ["a loop of two"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, 120, Write | Next, d[0])],
        ["a loop behind the start"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, 60, Write | Next, d[2]), new(r + 60, 60, Write | Next, d[1])],
        ["an address in the hole"] = (d, q, r) => [new(Hole, 56, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply address in the hole"] = (d, q, r) => [new(q, 56, Next, d[1]), new(Hole, 120, Write, 0)],
        ["an address behind all memory"] = (d, q, r) => [new(q, 56, Next, d[1]), new(1UL << 60, 120, Write, 0)],
        ["an address at the end of a region"] = (d, q, r) => [new(EndOfRegion, 56, Next, d[1]), new(r, 120, Write, 0)],
        ["an address that wraps"] = (d, q, r) => [new(ulong.MaxValue - 15, 56, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply address that wraps"] = (d, q, r) => [new(q, 56, Next, d[1]), new(ulong.MaxValue, 120, Write, 0)],
        ["an address and a length that wrap to 0"] = (d, q, r) => [new(q, 56, Next, d[1]), new(ulong.MaxValue - 4095, 4096, Write, 0)],
        ["a buffer across the end of a region"] = (d, q, r) => [new(q, 56, Next, d[1]), new(EndOfRegion - 8, 120, Write, 0)],
        ["a buffer across the end of the last region"] = (d, q, r) => [new(q, 56, Next, d[1]), new(GuestMemory.HighBase + EndOfRegion - 8, 120, Write, 0)],
        ["a length of 2^32 - 1"] = (d, q, r) => [new(q, uint.MaxValue, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply length of 2^32 - 1"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, uint.MaxValue, Write, 0)],
        ["lengths of 2^31 twice"] = (d, q, r) => [new(q, 1u << 31, Next, d[1]), new(q, 1u << 31, Next, d[2]), new(r, 120, Write, 0)],
        ["write before read"] = (d, q, r) => [new(r, 120, Write | Next, d[1]), new(q, 56, 0, 0)],
        ["read behind write"] = (d, q, r) => [new(q, 40, Next, d[1]), new(r, 120, Write | Next, d[2]), new(q + 40, 16, 0, 0)],
        ["nothing but room"] = (d, q, r) => [new(r, 4096, Write, 0)],
        ["one byte of room"] = (d, q, r) => [new(r, 1, Write, 0)],
        ["one empty descriptor"] = (d, q, r) => [new(q, 0, 0, 0)],
        ["one empty descriptor nowhere"] = (d, q, r) => [new(ulong.MaxValue, 0, Write, 0)],
        ["no room"] = (d, q, r) => [new(q, 56, 0, 0)],
        ["a request over its own reply"] = (d, q, r) => [new(q, 56, Next, d[1]), new(q, 120, Write, 0)],
        ["unknown flags"] = (d, q, r) => [new(q, 56, (DescriptorFlags)0xFFF8 | Next, d[1]), new(r, 120, (DescriptorFlags)0xFFF8 | Write, 0)],
        ["an indirect table of no length"] = (d, q, r) => [new(q, 0, Indirect, 0)],
        ["an indirect table of 24 bytes"] = (d, q, r) => [new(q, 24, Indirect, 0)],
        ["an indirect table of 15 bytes"] = (d, q, r) => [new(q, 15, Indirect, 0)],
        ["an indirect table of 2^32 - 16 bytes"] = (d, q, r) => [new(q, 0xFFFF_FFF0, Indirect, 0)],
        ["an indirect table of 2^32 - 1 bytes"] = (d, q, r) => [new(q, uint.MaxValue, Indirect, 0)],
        ["an indirect table in the hole"] = (d, q, r) => [new(Hole, 32, Indirect, 0)],
        ["an indirect table that wraps"] = (d, q, r) => [new(ulong.MaxValue - 15, 32, Indirect, 0)],
        ["an indirect table across the end of a region"] = (d, q, r) => [new(EndOfRegion - 16, 32, Indirect, 0)],
        ["an indirect table with a next"] = (d, q, r) => [new(q, 32, Indirect | Next, d[1]), new(r, 120, Write, 0)],
        ["an indirect table to write"] = (d, q, r) => [new(q, 32, Indirect | Write, 0)],
        ["an indirect table behind others"] = (d, q, r) => [new(q, 56, Next, d[1]), new(q, 32, Indirect | Next, d[2]), new(r, 120, Write, 0)],
    };

    // Contents of an indirect table at q + 1024, which the request of 56 bytes at q and the reply at r may use.
    private static readonly Dictionary<string, Func<ulong, ulong, Descriptor[]>> s_tables = new()
    {
        ["nested tables"] = (q, r) => [new(q + 1024, 32, Indirect, 0), new(r, 120, Write, 0)],
        ["nested tables behind a good descriptor"] = (q, r) => [new(q, 56, Next, 1), new(q + 1024, 32, Indirect, 0)],
        ["next outside of the indirect table"] = (q, r) => [new(q, 56, Next, 2), new(r, 120, Write, 0)],
        ["next far outside of the indirect table"] = (q, r) => [new(q, 56, Next, 0xFFFF), new(r, 120, Write, 0)],
        ["a loop in the indirect table"] = (q, r) => [new(q, 56, Next, 1), new(r, 120, Write | Next, 0)],
        ["a loop of one in the indirect table"] = (q, r) => [new(q, 0, Next, 0), new(r, 120, Write, 0)],
        ["an address in the hole, indirect"] = (q, r) => [new(q, 56, Next, 1), new(Hole, 120, Write, 0)],
        ["a length of 2^32 - 1, indirect"] = (q, r) => [new(q, 56, Next, 1), new(r, uint.MaxValue, Write, 0)],
        ["write before read, indirect"] = (q, r) => [new(r, 120, Write | Next, 1), new(q, 56, 0, 0)],
        ["a table that is its own room"] = (q, r) => [new(q, 56, Next, 1), new(q + 1024, 32, Write, 0)],
        ["an empty table"] = (q, r) => [new(0, 0, 0, 0), new(0, 0, 0, 0)],
    };

    /// <summary>All of them.</summary>
    public static IEnumerable<HostileCase> All() =>
    [
        .. s_chains.Select(c => new HostileCase("chains", c.Key, g => Chain(g, c.Key, c.Value))),
        .. s_tables.Select(t => new HostileCase("chains", t.Key, g => Table(g, t.Key, t.Value))),
        new("chains", "an indirect table of 65,536 descriptors in a loop", LongTable),
        new("chains", "a chain of more than 1,024 pieces", ManyPieces),
        new("chains", "a request of 4 GiB out of the same memory", Overlapping),
        new("chains", "an indirect table that was not negotiated", g =>
        {
            var head = g.Queue.Reserve(1)[0];
            g.Queue.Ring.SetDescriptor(head, new Descriptor(Place(g), 32, Indirect, 0));
            _ = ExpectUsed(g, head, "indirect without the feature");
        })
        {
            Options = new() { RequestQueues = 2, QueueSize = 64, Features = new FrontEndOptions().Features & ~VirtioFeatures.IndirectDescriptors },
        },
        new("chains", "empty descriptors between good ones", EmptyBetween),
    ];

    /// <summary>Puts a GETATTR of the root of 56 bytes into memory, with room of 4096 bytes behind 4096 for tables.</summary>
    public static ulong Place(Guest guest)
    {
        var buffer = guest.Device.Memory.Allocate(8192, 4096);
        guest.Fuse.Request(FuseOpcode.GetAttr, guest.Root, new byte[16]).CopyTo(guest.Device.Memory.Span(buffer, 56));
        return buffer;
    }

    /// <summary>Makes a chain available and expects it back.</summary>
    /// <returns>Bytes that the device says it wrote.</returns>
    public static uint ExpectUsed(Guest guest, ushort head, string what)
    {
        var pending = guest.Queue.SubmitHead(head);
        return guest.Queue.TryWait(pending, guest.Device.Options.Timeout) ? pending.Written : throw new TimeoutException($"{what}: the buffer was not used");
    }

    private static void Chain(Guest guest, string name, Func<ushort[], ulong, ulong, Descriptor[]> build)
    {
        var buffer = Place(guest);
        var reserved = guest.Queue.Reserve(3);
        var chain = build(reserved, buffer, buffer + 4096);
        for (var i = 0; i < chain.Length; i++)
            guest.Queue.Ring.SetDescriptor(reserved[i], chain[i]);

        // Twice: what the first one left behind must not hurt the second.
        _ = ExpectUsed(guest, reserved[0], name);
        _ = ExpectUsed(guest, reserved[0], name);
        Restart(guest, buffer);
    }

    private static void Table(Guest guest, string name, Func<ulong, ulong, Descriptor[]> build)
    {
        var buffer = Place(guest);
        var table = build(buffer, buffer + 4096);
        var bytes = guest.Device.Memory.Span(buffer + 1024, 64);
        for (var i = 0; i < table.Length; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], table[i]);
        var head = guest.Queue.Reserve(1)[0];
        guest.Queue.Ring.SetDescriptor(head, new Descriptor(buffer + 1024, 32, Indirect, 0));

        _ = ExpectUsed(guest, head, name);
        // The device may have written over it.
        for (var i = 0; i < table.Length; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], table[i]);
        _ = ExpectUsed(guest, head, name);
        Restart(guest, buffer);
    }

    private static void LongTable(Guest guest)
    {
        const int count = 65_536;
        var buffer = Place(guest);
        var table = guest.Device.Memory.Allocate(count * Descriptor.Size, 16);
        var bytes = guest.Device.Memory.Span(table, count * Descriptor.Size);
        for (var i = 0; i < count; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], new Descriptor(buffer, 0, Next, (ushort)(i + 1)));
        var head = guest.Queue.Reserve(1)[0];
        guest.Queue.Ring.SetDescriptor(head, new Descriptor(table, count * Descriptor.Size, Indirect, 0));

        _ = ExpectUsed(guest, head, "a table of 65,536");
        guest.Device.Memory.Free(table);
        Restart(guest, buffer);
    }

    private static void ManyPieces(Guest guest)
    {
        const int count = 1100;
        var buffer = Place(guest);
        var table = guest.Device.Memory.Allocate((count + 1) * Descriptor.Size, 16);
        var bytes = guest.Device.Memory.Span(table, (count + 1) * Descriptor.Size);
        for (var i = 0; i < count; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], new Descriptor(buffer + (ulong)i, 1, Next, (ushort)(i + 1)));
        VringLayout.Encode(bytes[(count * Descriptor.Size)..], new Descriptor(buffer + 4096, 200, Write, 0));
        var head = guest.Queue.Reserve(1)[0];
        guest.Queue.Ring.SetDescriptor(head, new Descriptor(table, (count + 1) * Descriptor.Size, Indirect, 0));

        Guest.Expect(ExpectUsed(guest, head, "1,101 pieces") is 0 or 16 or 120, "it was served in part");
        guest.Device.Memory.Free(table);
        Restart(guest, buffer);
    }

    // A forget of as many nodes as fit into 4 GiB, out of 16 MiB of memory: it must not keep the queue for minutes.
    private static void Overlapping(Guest guest)
    {
        const uint piece = 16 << 20;
        var memory = guest.Device.Memory.Allocate(piece, 4096);
        var request = guest.Fuse.Request(FuseOpcode.BatchForget, 0, new byte[8]);
        BitConverter.TryWriteBytes(request, uint.MaxValue - 15);
        BitConverter.TryWriteBytes(request.AsSpan(40), uint.MaxValue);
        request.CopyTo(guest.Device.Memory.Span(memory, 48));
        var table = guest.Device.Memory.Allocate(256 * Descriptor.Size, 16);
        var bytes = guest.Device.Memory.Span(table, 256 * Descriptor.Size);
        for (var i = 0; i < 256; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], new Descriptor(memory, i == 255 ? piece - 16 : piece, i == 255 ? 0 : Next, (ushort)(i + 1)));
        var head = guest.Queue.Reserve(1)[0];
        guest.Queue.Ring.SetDescriptor(head, new Descriptor(table, 256 * Descriptor.Size, Indirect, 0));

        Guest.Expect(ExpectUsed(guest, head, "4 GiB") == 0, "a forget was answered");
        guest.Device.Memory.Free(table);
        Restart(guest, memory);
    }

    private static void EmptyBetween(Guest guest)
    {
        var buffer = Place(guest);
        var d = guest.Queue.Reserve(5);
        guest.Queue.Ring.SetDescriptor(d[0], new(buffer, 40, Next, d[1]));
        guest.Queue.Ring.SetDescriptor(d[1], new(buffer, 0, Next, d[2]));
        guest.Queue.Ring.SetDescriptor(d[2], new(buffer + 40, 16, Next, d[3]));
        guest.Queue.Ring.SetDescriptor(d[3], new(buffer + 4096, 0, Write | Next, d[4]));
        guest.Queue.Ring.SetDescriptor(d[4], new(buffer + 4096, 200, Write, 0));

        // virtio lets a device refuse them; what it may not do is to answer half.
        Guest.Expect(ExpectUsed(guest, d[0], "empty descriptors") is 0 or 16 or 120, "it was served in part");
        Restart(guest, buffer);
    }

    // The descriptors that were reserved come back; queues that a case has stopped start again.
    private static void Restart(Guest guest, ulong buffer)
    {
        guest.Device.RestartQueue(guest.Queue);
        guest.Device.Memory.Free(buffer);
    }
}
