using System.Linq;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class SessionTests
{
    [Fact]
    public void INIT_settles_a_version_and_only_what_was_offered()
    {
        using var share = new Share(Backing.Ext4);

        var init = share.Fuse.Session.Init!;

        Assert.Equal(7u, init.Major);
        Assert.InRange(init.Minor, 27u, 45u);
        Assert.Equal(InitFlags.None, init.Flags & ~new ShareOptions().InitFlags);
        Assert.True(init.Flags.HasFlag(InitFlags.Submounts | InitFlags.BigWrites | InitFlags.ParallelDirops), init.Flags.ToString());
    }

    [Theory]
    [InlineData(40u)]
    [InlineData(54u)]
    [InlineData(1000u)]
    [InlineData(uint.MaxValue)]
    public void An_unknown_operation_is_ENOSYS(uint opcode)
    {
        using var share = new Share(Backing.Tmpfs);

        Assert.Equal(Errno.ENOSYS, share.Fuse.Call((FuseOpcode)opcode, share.Root, new byte[64], 64).Errno);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void INTERRUPT_is_taken_on_the_high_priority_queue()
    {
        using var share = new Share(Backing.Tmpfs);

        _ = share.Fuse.Interrupt(12345);

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void DESTROY_ends_the_session_and_INIT_starts_another()
    {
        using var share = new Share(Backing.Tmpfs);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;

        Assert.Equal(Errno.None, share.Fuse.Destroy());
        Assert.Equal(Errno.None, share.Fuse.Init().Errno);

        var root = share.Fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        Assert.Equal(Errno.EBADF, share.Fuse.Read(share.Fuse.Lookup(root, "a").Value.NodeId, fh, 0, 1).Errno);
        Assert.Equal(1UL, share.Fuse.Lookup(root, "a").Value.Attr.Size);
    }

    [Theory]
    [InlineData(2, 128, VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex, ProtocolFeatures.ConfigureMemSlots)]
    [InlineData(2, 1024, VirtioFeatures.EventIndex, ProtocolFeatures.None)]
    [InlineData(1, 1024, VirtioFeatures.IndirectDescriptors, ProtocolFeatures.None)]
    [InlineData(1, 16, VirtioFeatures.None, ProtocolFeatures.ConfigureMemSlots)]
    public void Many_threads_on_all_queues_get_their_own_answers(int queues, int size, VirtioFeatures features, ProtocolFeatures protocol)
    {
        if (Published.VirtiofsdTree is not null)
            queues = 1;
        var options = new FrontEndOptions
        {
            RequestQueues = queues,
            QueueSize = (ushort)size,
            Features = features | VirtioFeatures.Version1 | VirtioFeatures.ProtocolFeatures,
            ProtocolFeatures = protocol | ProtocolFeatures.MultiQueue | ProtocolFeatures.ReplyAck,
        };
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = options });
        var rounds = size == 16 ? 100 : 300;

        // With 16 descriptors and four to a request, three threads are what fits.
        Parallel.For(0, size == 16 ? 3 : 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var fuse = share.Fuse with { Queue = 1 + thread % queues };
            var file = fuse.Create(share.Root, $"t{thread}", Fcntl.O_RDWR, 0x81A4).Value;
            for (var i = 0; i < rounds; i++)
            {
                var data = Enumerable.Repeat((byte)(thread * 31 + i), 100 + i * 7).ToArray();
                Assert.Equal((uint)data.Length, fuse.Write(file.Entry.NodeId, file.Open.Fh, 0, data).Value);
                Assert.Equal(data, fuse.Read(file.Entry.NodeId, file.Open.Fh, 0, (uint)data.Length).Value);
                Assert.Equal(Errno.None, fuse.SetAttr(file.Entry.NodeId, new(SetAttrValid.Size)).Errno);
            }

            Assert.Equal(Errno.None, fuse.Release(file.Entry.NodeId, file.Open.Fh));
        });
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public void A_queue_that_is_stopped_answers_again_after_it_was_restarted()
    {
        using var share = new Share(Backing.Tmpfs);
        for (var i = 0; i < 5; i++)
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        var answered = share.Device.Queues[1].Ring.AvailIndex;

        Assert.Equal(answered, share.Device.StopQueue(share.Device.Queues[1]));
        share.Device.Queues[1].Reset();
        share.Device.StartQueue(share.Device.Queues[1]);

        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }
}
