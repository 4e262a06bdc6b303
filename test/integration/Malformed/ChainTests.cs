using System;
using System.Collections.Generic;
using KataShimNet.VhostFrontEnd.Rings;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Chains that a driver must not write: each comes back used, and its queue goes on.</summary>
public sealed class ChainTests
{
    private const DescriptorFlags Next = DescriptorFlags.Next;
    private const DescriptorFlags Write = DescriptorFlags.Write;
    private const DescriptorFlags Indirect = DescriptorFlags.Indirect;

    // Each builds descriptors from the numbers of three reserved ones, the request's address and the reply's.
    private static readonly Dictionary<string, Func<ushort[], ulong, ulong, Descriptor[]>> s_chains = new()
    {
        ["next outside of the table"] = (d, q, r) => [new(q, 56, Next, 64)],
        ["next far outside of the table"] = (d, q, r) => [new(q, 56, Next, 0xFFFF)],
        ["a loop of one"] = (d, q, r) => [new(q, 56, Next, d[0])],
        ["a loop of two"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, 120, Write | Next, d[0])],
        ["a loop behind the start"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, 60, Write | Next, d[2]), new(r + 60, 60, Write | Next, d[1])],
        ["an address in the hole"] = (d, q, r) => [new(0xC000_0000, 56, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply address in the hole"] = (d, q, r) => [new(q, 56, Next, d[1]), new(0xC000_0000, 120, Write, 0)],
        ["an address behind all memory"] = (d, q, r) => [new(q, 56, Next, d[1]), new(1UL << 60, 120, Write, 0)],
        ["an address that wraps"] = (d, q, r) => [new(ulong.MaxValue - 15, 56, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply address that wraps"] = (d, q, r) => [new(q, 56, Next, d[1]), new(ulong.MaxValue, 120, Write, 0)],
        ["a buffer across the end of a region"] = (d, q, r) => [new(q, 56, Next, d[1]), new((32 << 20) - 8, 120, Write, 0)],
        ["a length of 2^32 - 1"] = (d, q, r) => [new(q, uint.MaxValue, Next, d[1]), new(r, 120, Write, 0)],
        ["a reply length of 2^32 - 1"] = (d, q, r) => [new(q, 56, Next, d[1]), new(r, uint.MaxValue, Write, 0)],
        ["write before read"] = (d, q, r) => [new(r, 120, Write | Next, d[1]), new(q, 56, 0, 0)],
        ["read behind write"] = (d, q, r) => [new(q, 40, Next, d[1]), new(r, 120, Write | Next, d[2]), new(q + 40, 16, 0, 0)],
        ["nothing but room"] = (d, q, r) => [new(r, 4096, Write, 0)],
        ["one empty descriptor"] = (d, q, r) => [new(q, 0, 0, 0)],
        ["one empty descriptor nowhere"] = (d, q, r) => [new(ulong.MaxValue, 0, Write, 0)],
        ["no room"] = (d, q, r) => [new(q, 56, 0, 0)],
        ["an indirect table of no length"] = (d, q, r) => [new(q, 0, Indirect, 0)],
        ["an indirect table of 24 bytes"] = (d, q, r) => [new(q, 24, Indirect, 0)],
        ["an indirect table of 15 bytes"] = (d, q, r) => [new(q, 15, Indirect, 0)],
        ["an indirect table of 2^32 - 16 bytes"] = (d, q, r) => [new(q, 0xFFFF_FFF0, Indirect, 0)],
        ["an indirect table in the hole"] = (d, q, r) => [new(0xC000_0000, 32, Indirect, 0)],
        ["an indirect table that wraps"] = (d, q, r) => [new(ulong.MaxValue - 15, 32, Indirect, 0)],
        ["an indirect table across the end of a region"] = (d, q, r) => [new((32 << 20) - 16, 32, Indirect, 0)],
        ["an indirect table with a next"] = (d, q, r) => [new(q, 32, Indirect | Next, d[1]), new(r, 120, Write, 0)],
        ["an indirect table behind others"] = (d, q, r) => [new(q, 56, Next, d[1]), new(q, 32, Indirect | Next, d[2]), new(r, 120, Write, 0)],
    };

    // Contents of an indirect table at q + 1024, which the request of 56 bytes at q and the reply at r may use.
    private static readonly Dictionary<string, Func<ulong, ulong, Descriptor[]>> s_tables = new()
    {
        ["nested tables"] = (q, r) => [new(q + 1024, 32, Indirect, 0), new(r, 120, Write, 0)],
        ["nested tables behind a good descriptor"] = (q, r) => [new(q, 56, Next, 1), new(q + 1024, 32, Indirect, 0)],
        ["next outside of the indirect table"] = (q, r) => [new(q, 56, Next, 2), new(r, 120, Write, 0)],
        ["a loop in the indirect table"] = (q, r) => [new(q, 56, Next, 1), new(r, 120, Write | Next, 0)],
        ["an address in the hole, indirect"] = (q, r) => [new(q, 56, Next, 1), new(0xC000_0000, 120, Write, 0)],
        ["write before read, indirect"] = (q, r) => [new(r, 120, Write | Next, 1), new(q, 56, 0, 0)],
    };

    public static TheoryData<string> Chains => [.. s_chains.Keys];

    public static TheoryData<string> Tables => [.. s_tables.Keys];

    [Theory, MemberData(nameof(Chains))]
    public void A_bad_chain_comes_back_and_the_queue_goes_on(string name)
    {
        using var device = new DeviceUnderAttack();
        _ = device.PlaceGetAttr();
        var reserved = device.Queue.Reserve(3);
        var chain = s_chains[name](reserved, device.Buffer, device.ReplyBuffer);
        for (var i = 0; i < chain.Length; i++)
            device.Queue.Ring.SetDescriptor(reserved[i], chain[i]);

        // Twice: what the first one left behind must not hurt the second.
        _ = device.ExpectUsed(reserved[0], name);
        _ = device.ExpectUsed(reserved[0], name);

        device.AssertAlive(1, name);
        device.AssertAlive(2, name);
    }

    [Theory, MemberData(nameof(Tables))]
    public void A_bad_indirect_table_comes_back_and_the_queue_goes_on(string name)
    {
        using var device = new DeviceUnderAttack();
        _ = device.PlaceGetAttr();
        var table = s_tables[name](device.Buffer, device.ReplyBuffer);
        var bytes = device.Share.Device.Memory.Span(device.Buffer + 1024, 64);
        for (var i = 0; i < table.Length; i++)
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], table[i]);
        var head = device.Queue.Reserve(1)[0];
        device.Queue.Ring.SetDescriptor(head, new Descriptor(device.Buffer + 1024, 32, Indirect, 0));

        _ = device.ExpectUsed(head, name);
        _ = device.ExpectUsed(head, name);

        device.AssertAlive(1, name);
    }

    [Fact]
    public void An_indirect_table_that_was_not_negotiated_comes_back()
    {
        using var device = new DeviceUnderAttack(without: VirtioFeatures.IndirectDescriptors);
        var head = device.Queue.Reserve(1)[0];
        device.Queue.Ring.SetDescriptor(head, new Descriptor(device.Buffer, 32, Indirect, 0));

        _ = device.ExpectUsed(head, "indirect without the feature");

        device.AssertAlive(1, "indirect without the feature");
    }

    [Fact]
    public void Empty_descriptors_between_good_ones_change_nothing()
    {
        using var device = new DeviceUnderAttack();
        var length = device.PlaceGetAttr();
        var d = device.Queue.Reserve(5);
        device.Queue.Ring.SetDescriptor(d[0], new(device.Buffer, 40, Next, d[1]));
        device.Queue.Ring.SetDescriptor(d[1], new(device.Buffer, 0, Next, d[2]));
        device.Queue.Ring.SetDescriptor(d[2], new(device.Buffer + 40, length - 40, Next, d[3]));
        device.Queue.Ring.SetDescriptor(d[3], new(device.ReplyBuffer, 0, Write | Next, d[4]));
        device.Queue.Ring.SetDescriptor(d[4], new(device.ReplyBuffer, 200, Write, 0));

        var written = device.ExpectUsed(d[0], "empty descriptors");

        // virtio lets a device refuse them; what it may not do is to answer half.
        Assert.Contains(written, new uint[] { 0, 16, 120 });
        device.AssertAlive(1, "empty descriptors");
    }

    [Fact]
    public void A_chain_of_all_descriptors_is_served()
    {
        using var device = new DeviceUnderAttack(without: VirtioFeatures.IndirectDescriptors);
        var length = device.PlaceGetAttr();
        var d = device.Queue.Reserve(64);
        for (var i = 0; i < 56; i++)
            device.Queue.Ring.SetDescriptor(d[i], new(device.Buffer + (ulong)i, 1, Next, d[i + 1]));
        for (var i = 56; i < 64; i++)
            device.Queue.Ring.SetDescriptor(d[i], new(device.ReplyBuffer + (ulong)(i - 56) * 15, 15, i == 63 ? Write : Write | Next, i == 63 ? (ushort)0 : d[i + 1]));

        Assert.Equal(56u, length);
        Assert.Equal(120u, device.ExpectUsed(d[0], "a full table"));
    }
}
