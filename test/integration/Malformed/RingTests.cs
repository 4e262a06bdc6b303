using System;
using System.Collections.Generic;
using KataShimNet.VhostFrontEnd.Rings;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Rings that a driver must not write: the queue stops, the others go on, and a restart brings it back.</summary>
public sealed class RingTests
{
    private static readonly Dictionary<string, Action<VringLayout>> s_attacks = new()
    {
        ["an index that jumps by more than the ring"] = ring => ring.AvailIndex += 65,
        ["an index that jumps by half its range"] = ring => ring.AvailIndex += 0x8000,
        ["an index that goes back"] = ring => ring.AvailIndex -= 1,
        ["a head equal to the size"] = ring => PublishHead(ring, 64),
        ["a head of 2^16 - 1"] = ring => PublishHead(ring, 0xFFFF),
    };

    public static TheoryData<string> Attacks => [.. s_attacks.Keys];

    [Theory, MemberData(nameof(Attacks))]
    public void A_broken_ring_stops_its_queue_alone_until_it_is_restarted(string name)
    {
        using var device = new DeviceUnderAttack();
        device.AssertAlive(1, "nothing yet");
        var used = device.Queue.Ring.UsedIndex;

        s_attacks[name](device.Queue.Ring);
        device.Queue.Kick.Signal();

        for (var i = 0; i < 20; i++)
            device.AssertAlive(2, name);
        Assert.Equal(used, device.Queue.Ring.UsedIndex);
        device.Share.Device.RestartQueue(device.Queue);
        device.AssertAlive(1, $"{name}, then a restart");
    }

    [Fact]
    public void A_head_that_is_made_available_twice_is_used_twice()
    {
        using var device = new DeviceUnderAttack();
        var length = device.PlaceGetAttr();
        var d = device.Queue.Reserve(2);
        var ring = device.Queue.Ring;
        ring.SetDescriptor(d[0], new(device.Buffer, length, DescriptorFlags.Next, d[1]));
        ring.SetDescriptor(d[1], new(device.ReplyBuffer, 200, DescriptorFlags.Write, 0));
        var (available, used) = (ring.AvailIndex, ring.UsedIndex);
        ring.SetAvail(available, d[0]);
        ring.SetAvail((ushort)(available + 1), d[0]);
        ring.AvailIndex = (ushort)(available + 2);
        device.Queue.Kick.Signal();

        Assert.True(device.Queue.TryWaitUsedIndex((ushort)(used + 2), TimeSpan.FromSeconds(5)), "two used elements are expected");
        device.AssertAlive(2, "a head that came twice");
    }

    [Fact]
    public void Kicks_without_requests_do_nothing()
    {
        using var device = new DeviceUnderAttack();

        for (var i = 0; i < 1000; i++)
            device.Queue.Kick.Signal();

        device.AssertAlive(1, "kicks");
    }

    [Fact]
    public void The_index_wraps_at_2_to_the_16()
    {
        using var device = new DeviceUnderAttack();
        var length = device.PlaceGetAttr();
        var d = device.Queue.Reserve(2);
        device.Queue.Ring.SetDescriptor(d[0], new(device.Buffer, length, DescriptorFlags.Next, d[1]));
        device.Queue.Ring.SetDescriptor(d[1], new(device.ReplyBuffer, 200, DescriptorFlags.Write, 0));

        // In batches: one request at a time would take long, and the ring of 64 wraps a thousand times.
        var ring = device.Queue.Ring;
        var index = ring.AvailIndex;
        for (var done = 0; done < 70_000; done += 50)
        {
            for (var i = 0; i < 50; i++)
                ring.SetAvail(index++, d[0]);
            ring.AvailIndex = index;
            ring.UsedEvent = (ushort)(index - 1);
            device.Queue.Kick.Signal();
            Assert.True(device.Queue.TryWaitUsedIndex(index, TimeSpan.FromSeconds(5)), $"the used index stays at {ring.UsedIndex}, {index} is expected");
        }
    }

    private static void PublishHead(VringLayout ring, ushort head)
    {
        ring.SetAvail(ring.AvailIndex, head);
        ring.AvailIndex++;
    }
}
