using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.VhostUser;
using KataShimNet.VhostFrontEnd.Wire;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>Packed rings, well-formed and not; and the in-flight region that a front end asks for.</summary>
public sealed class PackedRingTests
{
    private const VirtioFeatures Rest = VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures | VirtioFeatures.RingPacked;

    [Theory]
    [InlineData(VirtioFeatures.None, 8)]
    [InlineData(VirtioFeatures.EventIndex, 8)]
    [InlineData(VirtioFeatures.IndirectDescriptors, 4)]
    [InlineData(VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex, 128)]
    [InlineData(VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex, 1024)]
    public void Requests_of_several_threads_go_round_the_ring(VirtioFeatures features, ushort size)
    {
        using var share = Open(features, size);
        share.Put("a", "content");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;

        // Four descriptors each without indirect tables: two threads are as many as eight entries can take.
        Parallel.For(0, 2, _ =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Assert.Equal(Errno.None, share.Fuse.GetAttr(node).Errno);
                Assert.Equal("content"u8.ToArray(), share.Fuse.Read(node, fh, 0, 100).Value);
            }
        });
    }

    [Fact]
    public void A_queue_goes_on_where_it_stopped_with_its_wrap_counters()
    {
        using var share = Open(VirtioFeatures.EventIndex, 8);
        var queue = share.Device.Queues[1];
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
            var stoppedAt = share.Device.StopQueue(queue);
            // Nothing is in flight: both positions are the same.
            Assert.Equal(stoppedAt & 0xffff, stoppedAt >> 16);
            Assert.Equal(queue.Packed!.Next, stoppedAt & 0x7fff);
            share.Device.StartQueue(queue, stoppedAt);
        }
    }

    [Fact]
    public void A_request_that_is_longer_than_the_ring_stops_its_queue_alone_until_it_is_restarted()
    {
        using var share = Open(VirtioFeatures.None, 8, queues: 2);
        var queue = share.Device.Queues[1];
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        var buffer = share.Device.Memory.Allocate(4096);
        share.Device.RestartQueue(queue);

        // Available in the first round, and each goes on to the next one.
        for (var i = 7; i >= 0; i--)
            queue.Packed!.Write(i, buffer, 16, 1, (1 << 7) | 1);
        queue.Kick.Signal();

        for (var i = 0; i < 10; i++)
            Assert.Equal(Errno.None, (share.Fuse with { Queue = 2 }).GetAttr(share.Root).Errno);
        share.Device.RestartQueue(queue);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Theory]
    [InlineData(0xdead_0000_0000ul, 64u, 0)]
    [InlineData(0ul, uint.MaxValue, 0)]
    [InlineData(0ul, 16u, 4)]
    [InlineData(0ul, 17u, 4)]
    public void A_request_that_cannot_be_followed_is_given_back_unread(ulong address, uint length, int flags)
    {
        using var share = Open(VirtioFeatures.None, 8, queues: 2);
        var queue = share.Device.Queues[1];
        share.Device.RestartQueue(queue);

        queue.Packed!.Write(0, address, length, 5, (ushort)((1 << 7) | flags));
        queue.Kick.Signal();

        Assert.True(SpinWait.SpinUntil(() => queue.Packed.HasUsed, TimeSpan.FromSeconds(5)));
        Assert.Equal(Errno.None, (share.Fuse with { Queue = 2 }).GetAttr(share.Root).Errno);
    }

    [Theory]
    [InlineData(VirtioFeatures.None)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_front_end_gets_a_region_for_what_is_in_flight_and_gives_it_back(VirtioFeatures layout)
    {
        var options = new FrontEndOptions();
        using var share = new Share(Backing.Tmpfs, new()
        {
            FrontEnd = options with { Features = options.Features | layout, ProtocolFeatures = options.ProtocolFeatures | ProtocolFeatures.InflightShmfd },
        });
        var connection = share.Device.Connection;
        foreach (var queue in share.Device.Queues)
            _ = share.Device.StopQueue(queue);
        var wanted = new WireWriter().U64(0).U64(0).U16(2).U16(128).U32(0).ToArray();

        var reply = connection.Exchange(VhostUserRequest.GetInflightFd, wanted);

        var reader = new WireReader(reply.Payload, "GET_INFLIGHT_FD");
        var (bytes, offset, queues, size) = (reader.U64(), reader.U64(), reader.U16(), reader.U16());
        Assert.Equal((0ul, (ushort)2, (ushort)128), (offset, queues, size));
        var region = Assert.Single(reply.Fds);
        // Too short, too many, odd: refused; nothing of it is touched.
        foreach (var wrong in (byte[][])
            [
                new WireWriter().U64(64).U64(0).U16(2).U16(128).U32(0).ToArray(),
                new WireWriter().U64(bytes * 2).U64(0).U16(2).U16(128).U32(0).ToArray(),
                new WireWriter().U64(bytes).U64(8).U16(2).U16(128).U32(0).ToArray(),
                new WireWriter().U64(bytes).U64(0).U16(65).U16(128).U32(0).ToArray(),
                new WireWriter().U64(bytes).U64(0).U16(2).U16(100).U32(0).ToArray(),
            ])
            Assert.NotEqual(0ul, connection.Acknowledged(VhostUserRequest.SetInflightFd, wrong, [region.Fd]));
        Assert.Equal(0ul, connection.Acknowledged(VhostUserRequest.SetInflightFd, reply.Payload, [region.Fd]));
        foreach (var queue in share.Device.Queues)
        {
            queue.Reset();
            share.Device.StartQueue(queue);
        }

        for (var i = 0; i < 10; i++)
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        Assert.Equal((1, 128), Header(region, (long)bytes / 2));
        region.Dispose();
    }

    // version and desc_num stand at the same place in both layouts.
    private static unsafe (int Version, int Count) Header(OwnedFd region, long at)
    {
        var header = stackalloc ushort[2];
        Assert.Equal(4, Unistd.pread(region.Fd, header, 4, at + 8));
        return (header[0], header[1]);
    }

    private static Share Open(VirtioFeatures features, ushort size, int queues = 1) =>
        new(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = queues, QueueSize = size, Features = Rest | features } });
}
