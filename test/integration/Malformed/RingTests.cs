using System;
using KataShimNet.VhostFrontEnd.Rings;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Rings that a driver must not write: the queue stops, the others go on, and a restart brings it back.</summary>
public sealed class RingTests
{
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
}
