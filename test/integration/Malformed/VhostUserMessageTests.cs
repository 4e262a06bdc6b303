using System;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;
using static KataShimNet.VhostFrontEnd.VhostUser.VhostUserRequest;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Messages of a front end that is broken.</summary>
public sealed class VhostUserMessageTests
{
    [Fact]
    public void A_kick_before_addresses_is_refused_or_waits()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = 1 } });
        using var kick = new EventFd();

        _ = share.Device.Connection.Acknowledged(SetVringKick, FrontEnd.U64(5), [kick.Fd]);
        kick.Signal();
        _ = share.Device.Connection.Acknowledged(SetVringEnable, FrontEnd.State(5, 1));

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void The_base_of_a_ring_can_be_asked_for_twice()
    {
        using var share = new Share(Backing.Tmpfs);
        var queue = share.Device.Queues[1];
        var available = queue.Ring.AvailIndex;

        Assert.Equal(available, share.Device.StopQueue(queue));
        Assert.Equal(available, share.Device.StopQueue(queue));
        queue.Reset();
        share.Device.StartQueue(queue);

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void Memory_that_is_taken_away_under_a_ring_harms_only_what_uses_it()
    {
        using var share = new Share(Backing.Tmpfs);
        var device = share.Device;
        foreach (var region in device.Memory.Regions)
            _ = device.Connection.Acknowledged(RemMemReg, FrontEnd.SingleRegion(region), []);
        device.Queues[1].Kick.Signal();

        Assert.NotEqual(VirtioFeatures.None, (VirtioFeatures)device.Connection.Exchange(GetFeatures).U64);
        foreach (var region in device.Memory.Regions)
            Assert.Equal(0UL, device.Connection.Acknowledged(AddMemReg, FrontEnd.SingleRegion(region), [region.Fd]));
        device.RestartQueue(device.Queues[1]);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void Memory_as_one_table_replaces_what_was_there()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { ProtocolFeatures = ProtocolFeatures.MultiQueue | ProtocolFeatures.ReplyAck } });
        var regions = share.Device.Memory.Regions;
        var fds = regions.Select(r => r.Fd).ToArray();

        for (var i = 0; i < 50; i++)
            Assert.Equal(0UL, share.Device.Connection.Acknowledged(SetMemTable, FrontEnd.RegionTable([.. i % 2 == 0 ? regions.Reverse() : regions]), fds));

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        var mapped = share.Process.Processes().Max(pid => System.IO.File.ReadLines($"/proc/{pid}/maps").Count(m => m.Contains("memfd:guest", StringComparison.Ordinal)));
        Assert.InRange(mapped, 1, 2);
    }
}
