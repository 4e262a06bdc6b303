using System.IO;
using System.Linq;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.State;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd.State;

public class RecoveryTests
{
    [Fact]
    public void Node_ids_and_handles_are_good_in_the_next_worker() => RunMortal(session =>
    {
        Directory.CreateDirectory(session.Host("d"));
        var directory = session.Lookup(1, "d").NodeId;
        var file = session.Create(directory, "f");
        Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, "hello"u8.ToArray()));
        File.Delete(session.Host("d/f"));
        var (inodes, handles) = (session.Server.Inodes.Count, session.Server.Handles.Count);
        session.Restart(next =>
        {
            Assert.Equal((inodes, handles), (next.Server.Inodes.Count, next.Server.Handles.Count));
            // The file has no name any more: only the descriptors that came along lead to it.
            Assert.Equal("hello"u8.ToArray(), Ok(next.Read(file.Entry.NodeId, file.Open.Handle, 0, 100)).Payload);
            Assert.Equal(5u, Ok(next.Call(Opcode.Getattr, file.Entry.NodeId, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes.FileSize);
            Assert.Equal(directory, next.Lookup(1, "d").NodeId);
            Ok(next.Call(Opcode.Forget, directory, Bytes(new ForgetIn { Lookups = 2 })));
            Assert.Equal(Errno.ESTALE, next.Call(Opcode.Getattr, directory, Bytes(default(GetattrIn))).Error);
            Assert.Equal(Errno.EBADF, next.Read(file.Entry.NodeId, file.Open.Handle + (1ul << 32), 0, 1).Error);
            Ok(next.Call(Opcode.Release, file.Entry.NodeId, Bytes(new ReleaseIn { Handle = file.Open.Handle })));
            Assert.Equal(handles - 1, next.Server.Handles.Count);
            // New ones differ from all that the dead one gave.
            Assert.NotEqual(directory, next.Lookup(1, "d").NodeId);
        });
    });

    [Fact]
    public void What_was_pinned_when_the_worker_died_is_free_in_the_next() => RunMortal(session =>
    {
        File.WriteAllText(session.Host("f"), "");
        var node = session.Lookup(1, "f").NodeId;
        var handle = session.Open(node, Fcntl.O_RDWR);
        _ = session.Server.PinNode(node, Errno.EPERM);
        _ = session.Server.PinHandle(handle, node);
        session.Restart(next =>
        {
            Ok(next.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = handle })));
            Ok(next.Call(Opcode.Forget, node, Bytes(new ForgetIn { Lookups = 1 })));
            Assert.Equal((1, 0), (next.Server.Inodes.Count, next.Server.Handles.Count));
        });
    });

    [Fact]
    public unsafe void A_record_that_was_not_finished_does_not_count() => RunMortal(session =>
    {
        foreach (var name in new[] { "a", "b", "c" })
            File.WriteAllText(session.Host(name), name);
        var kept = session.Lookup(1, "a").NodeId;
        var broken = session.Lookup(1, "b").NodeId;
        // As it is when the worker dies before the last step of adding it, or after the first of taking it away.
        session.Record(broken)->End();
        session.Restart(next =>
        {
            Assert.Equal(2, next.Server.Inodes.Count);
            Assert.Equal(Errno.ESTALE, next.Call(Opcode.Getattr, broken, Bytes(default(GetattrIn))).Error);
            Ok(next.Call(Opcode.Getattr, kept, Bytes(default(GetattrIn))));
            Assert.NotEqual(broken, next.Lookup(1, "b").NodeId);
            Assert.NotEqual(kept, next.Lookup(1, "c").NodeId);
        });
    });

    [Fact]
    public void A_worker_that_dies_while_it_takes_up_leaves_all_to_the_one_after() => RunMortal(session =>
    {
        for (var i = 0; i < 100; i++)
            File.WriteAllText(session.Host($"f{i}"), "");
        var nodes = Enumerable.Range(0, 100).Select(i => session.Lookup(1, $"f{i}").NodeId).ToArray();
        session.BreakRecovery();
        session.Restart(next =>
        {
            for (var i = 0; i < 100; i++)
                Assert.Equal(nodes[i], next.Lookup(1, $"f{i}").NodeId);
        });
    });

    [Fact]
    public void Descriptors_that_no_record_names_are_closed()
    {
        var map = new DescriptorMap();
        var fd = OwnedFd.FromCall(SysMman.memfd_create("x", 0), "memfd_create");
        map.Add(7, fd);
        Assert.Equal(-1, map.Take(8));
        map.Dispose();
        Assert.True(fd.IsClosed);
    }
}
