using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd;

public class FuseExportTests
{
    private const ulong Day = 86_400;

    [Fact]
    public void The_synthetic_root_lists_exports_and_lets_nothing_be_made() => RunExport(CoherencyClass.Private, false, (session, root) =>
    {
        var self = Ok(session.Call(Opcode.Getattr, 1, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes;
        Assert.Equal(SysStat.S_IFDIR | 0x16du, self.Mode);
        Assert.Equal(Errno.EROFS, session.Call(Opcode.Mkdir, 1, [.. Bytes(default(MkdirIn)), .. Name("x")]).Error);
        Assert.Equal(Errno.EROFS, session.Call(Opcode.Create, 1, [.. Bytes(default(CreateIn)), .. Name("x")]).Error);
        Assert.Equal(Errno.EROFS, session.Call(Opcode.Rmdir, 1, Name("data")).Error);
        Assert.Equal(Errno.EROFS, session.Call(Opcode.Setattr, 1, Bytes(new SetattrIn { Valid = 1 })).Error);
        Assert.Equal(Errno.EROFS, session.Call(Opcode.Rename, root, [.. Bytes(new RenameIn { NewParent = 1 }), .. Name("a"), .. Name("b")]).Error);
        Assert.Equal(Errno.ENOENT, session.Call(Opcode.Lookup, 1, Name("none")).Error);
        Ok(session.Call(Opcode.Statfs, 1, []));
        Assert.Equal(self.Mode, Ok(session.Call(Opcode.Statx, 1, Bytes(new StatxIn { Mask = 0xfff }))).As<StatxOut>().Statx.Mode);
        var handle = session.Open(1, 0, directory: true);
        var listing = Encoding.UTF8.GetString(Ok(session.Call(Opcode.Readdirplus, 1, Bytes(new ReadIn { Handle = handle, Count = 4096 }))).Payload);
        Assert.Contains("data", listing);
        Assert.Empty(Ok(session.Call(Opcode.Readdir, 1, Bytes(new ReadIn { Handle = handle, Offset = 3, Count = 4096 }))).Payload);
        Ok(session.Call(Opcode.Releasedir, 1, Bytes(new ReleaseIn { Handle = handle })));
    });

    [Fact]
    public void A_submount_is_announced_only_to_who_asked() => RunExport(CoherencyClass.Private, false, (session, root) =>
    {
        Assert.Equal(WireFlag.AttrSubmount, session.Lookup(1, "data").Attributes.Flags);
        Directory.CreateDirectory(session.Host("d"));
        Assert.Equal(0u, session.Lookup(root, "d").Attributes.Flags);
        Ok(session.Init(flags: ulong.MaxValue & ~InitFlag.Submounts));
        Assert.Equal(0u, session.Lookup(1, "data").Attributes.Flags);
    });

    [Theory]
    [InlineData(CoherencyClass.Static, Day, 10u)]
    [InlineData(CoherencyClass.Private, Day, 10u)]
    [InlineData(CoherencyClass.Shared, 0ul, 0u)]
    public void The_class_decides_what_the_guest_may_keep(CoherencyClass coherency, ulong valid, uint directoryFlags) =>
        RunExport(coherency, coherency == CoherencyClass.Static, (session, root) =>
        {
            File.WriteAllText(session.Host("f"), "x");
            var entry = session.Lookup(root, "f");
            Assert.Equal((valid, valid), (entry.EntryValid, entry.AttrValid));
            Assert.Equal(valid, Ok(session.Call(Opcode.Getattr, entry.NodeId, Bytes(default(GetattrIn)))).As<AttrOut>().Valid);
            var file = Ok(session.Call(Opcode.Open, entry.NodeId, Bytes(default(OpenIn)))).As<OpenOut>();
            Assert.Equal(valid > 0, (file.OpenFlags & OpenReplyFlag.KeepCache) != 0);
            Assert.Equal(coherency == CoherencyClass.Shared, (file.OpenFlags & OpenReplyFlag.DirectIo) != 0);
            Assert.Equal(directoryFlags, Ok(session.Call(Opcode.Opendir, root, Bytes(default(OpenIn)))).As<OpenOut>().OpenFlags);
            var missing = session.Call(Opcode.Lookup, root, Name("none"));
            if (valid == 0)
                Assert.Equal(Errno.ENOENT, missing.Error);
            else
                Assert.Equal((0ul, valid), (Ok(missing).As<EntryOut>().NodeId, missing.As<EntryOut>().EntryValid));
        });

    [Fact]
    public void A_read_only_export_refuses_every_change() => RunExport(CoherencyClass.Shared, readOnly: true, (session, root) =>
    {
        File.WriteAllText(session.Host("f"), "x");
        var node = session.Lookup(root, "f").NodeId;
        void Refused(Opcode opcode, ulong target, byte[] arguments) => Assert.Equal(Errno.EROFS, session.Call(opcode, target, arguments).Error);
        foreach (var flags in new[] { Fcntl.O_WRONLY, Fcntl.O_RDWR, Fcntl.O_RDONLY | Fcntl.O_TRUNC })
            Refused(Opcode.Open, node, Bytes(new OpenIn { Flags = (uint)flags }));
        Refused(Opcode.Create, root, [.. Bytes(default(CreateIn)), .. Name("x")]);
        Refused(Opcode.Tmpfile, root, [.. Bytes(default(CreateIn)), .. Name("/")]);
        Refused(Opcode.Mkdir, root, [.. Bytes(default(MkdirIn)), .. Name("x")]);
        Refused(Opcode.Mknod, root, [.. Bytes(default(MknodIn)), .. Name("x")]);
        Refused(Opcode.Symlink, root, [.. Name("x"), .. Name("y")]);
        Refused(Opcode.Link, root, [.. Bytes(new LinkIn { OldNodeId = node }), .. Name("x")]);
        Refused(Opcode.Unlink, root, Name("f"));
        Refused(Opcode.Rmdir, root, Name("f"));
        Refused(Opcode.Rename, root, [.. Bytes(new RenameIn { NewParent = root }), .. Name("f"), .. Name("g")]);
        Refused(Opcode.Setattr, node, Bytes(new SetattrIn { Valid = SetattrFlag.AccessTimeNow | SetattrFlag.AccessTime }));
        Refused(Opcode.Setxattr, node, [.. Bytes(new SetxattrIn { ValueLength = 1 }), .. Bytes(default(SetxattrMore)), .. Name("user.x"), 1]);
        Refused(Opcode.Removexattr, node, Name("user.x"));
        Refused(Opcode.Access, node, Bytes(new AccessIn { Mask = 2 }));
        var handle = session.Open(node, Fcntl.O_RDONLY);
        Assert.Equal(Errno.EBADF, session.Write(node, handle, 0, [1]).Error);
        Assert.Equal(Errno.EBADF, session.Call(Opcode.Fallocate, node, Bytes(new FallocateIn { Handle = handle, Count = 10 })).Error);
        Assert.Equal("x", File.ReadAllText(session.Host("f")));
    });

    [Fact]
    public void A_removed_export_leaves_nothing_open() => RunExport(CoherencyClass.Private, false, (session, root) =>
    {
        int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(session.Folder, StringComparison.Ordinal) == true);
        var file = session.Create(root, "f");
        session.Open(root, 0, directory: true);
        Assert.True(Descriptors() > 3);
        session.Server.RemoveExport("data");
        Assert.Equal(0, Descriptors());
        Assert.Equal(Errno.ENOENT, session.Call(Opcode.Lookup, 1, Name("data")).Error);
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Getattr, file.Entry.NodeId, Bytes(default(GetattrIn))).Error);
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Lookup, root, Name("f")).Error);
        Assert.Equal(Errno.ESTALE, session.Read(file.Entry.NodeId, file.Open.Handle, 0, 10).Error);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => session.Server.RemoveExport("data")).Errno);
        session.Server.AddExport("data", new ExportPolicy(CoherencyClass.Shared, false), FuseSession.Open(session.Folder));
        var again = session.Lookup(1, "data").NodeId;
        Assert.NotEqual(root, again);
        Assert.NotEqual(0ul, session.Lookup(again, "f").NodeId);
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(
            () => session.Server.AddExport("data", new ExportPolicy(CoherencyClass.Shared, false), FuseSession.Open(session.Folder))).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(
            () => session.Server.AddExport("..", new ExportPolicy(CoherencyClass.Shared, false), FuseSession.Open(session.Folder))).Errno);
    });

    [Fact]
    public void An_export_can_be_removed_while_it_is_in_use() => RunExport(CoherencyClass.Private, false, (session, _) =>
    {
        File.WriteAllText(session.Host("f"), "x");
        var stop = false;
        var opened = 0;
        var removals = 0;
        var remover = new Thread(() =>
        {
            for (; !Volatile.Read(ref stop); Interlocked.Increment(ref removals))
            {
                session.Server.RemoveExport("data");
                session.Server.AddExport("data", new ExportPolicy(CoherencyClass.Private, false), FuseSession.Open(session.Folder));
                // Gives the other thread a chance, and still meets it anywhere between its requests.
                var seen = Volatile.Read(ref opened);
                SpinWait.SpinUntil(() => Volatile.Read(ref opened) != seen, TimeSpan.FromMilliseconds(5));
            }
        });
        var clock = Stopwatch.StartNew();
        remover.Start();
        try
        {
            while (opened < 200 || Volatile.Read(ref removals) < 200)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{opened} files opened, {removals} removals");
                if (TryOpen(session))
                    Interlocked.Increment(ref opened);
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            remover.Join();
        }

        session.Server.RemoveExport("data");
        Assert.Equal(new KataShimNet.Fsd.Rings.ServerCounters(0, 0, 0) with { Requests = session.Server.Counters.Requests }, session.Server.Counters);
    });

    private static bool TryOpen(FuseSession session)
    {
        var root = session.Call(Opcode.Lookup, 1, Name("data"));
        Assert.Contains(root.Error, new[] { Errno.None, Errno.ENOENT });
        if (root.Error != Errno.None)
            return false;
        var file = session.Call(Opcode.Lookup, root.As<EntryOut>().NodeId, Name("f"));
        Assert.Contains(file.Error, new[] { Errno.None, Errno.ESTALE });
        if (file.Error != Errno.None)
            return false;
        var open = session.Call(Opcode.Open, file.As<EntryOut>().NodeId, Bytes(default(OpenIn)));
        Assert.Contains(open.Error, new[] { Errno.None, Errno.ESTALE });
        return open.Error == Errno.None;
    }

    [Fact]
    public void A_second_init_drops_what_the_first_session_held() => RunExport(CoherencyClass.Shared, false, (session, root) =>
    {
        var file = session.Create(root, "f");
        var reply = Ok(session.Init(minor: 31)).As<InitOut>();
        Assert.Equal((7u, 31u, 1020u * 4096, 1020), (reply.Major, reply.Minor, reply.MaxWrite, (int)reply.MaxPages));
        Assert.Equal(0u, reply.Flags & (1u << 16));
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Getattr, file.Entry.NodeId, Bytes(default(GetattrIn))).Error);
        Assert.Equal(0, session.Server.Counters.OpenFiles);
        Assert.Equal(root, session.Lookup(1, "data").NodeId);
        Assert.Equal(Errno.EPROTO, session.Init(minor: 26).Error);
        var newer = session.Call(Opcode.Init, 0, Bytes(new InitIn { Major = 8 }));
        Assert.Equal(7u, Ok(newer).As<InitOut>().Major);
        Ok(session.Call(Opcode.Destroy, 1, []));
    });
}
