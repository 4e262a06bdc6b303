using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd.State;

/// <summary>Inodes that are known by their file handle alone: a server that may have 64 descriptors keeps 8 of its inodes open.</summary>
public class FileHandleTests
{
    private const long Limit = 64;
    private const int Cached = 8;

    /// <summary>File systems with handles of 8 and of 12 bytes.</summary>
    public static TheoryData<string> Places => [Path.GetTempPath(), "/dev/shm"];

    [Fact]
    public void A_budget_divides_the_limit_up()
    {
        var budget = new DescriptorBudget(20_000);
        Assert.Equal((5_000 - 64, 10_000, 20_000 - 256), (budget.Cached, budget.Inodes, budget.Total));
        Assert.Equal(DescriptorBudget.MostCached, new DescriptorBudget(1 << 20).Cached);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void More_inodes_than_descriptors_stay_usable(string place) => RunMortal(
        session =>
        {
            var nodes = Fill(session, 200);
            Assert.InRange(session.Server.Inodes.Budget.InodesOpen, 1, Cached);
            for (var round = 0; round < 2; round++)
            {
                for (var i = 0; i < nodes.Length; i++)
                {
                    Assert.Equal((ulong)i, Attributes(session, nodes[i]).FileSize);
                    Assert.Equal(nodes[i], session.Lookup(1, $"f{i}").NodeId);
                    Assert.InRange(session.Server.Inodes.Budget.InodesOpen, 1, Cached);
                }
            }

            var handle = session.Open(nodes[7], Fcntl.O_RDONLY);
            Assert.Equal(7, Ok(session.Read(nodes[7], handle, 0, 100)).Payload.Length);
            foreach (var node in nodes)
                session.Call(Opcode.Forget, node, Bytes(new ForgetIn { Lookups = 3 }));
            Assert.Equal(1, session.Server.Inodes.Count);
            // The root's.
            Assert.Equal(1, session.Server.Inodes.Budget.InodesOpen);
        },
        Limit,
        below: place);

    [Theory]
    [MemberData(nameof(Places))]
    public void Links_folders_and_fifos_are_opened_again_too(string place) => RunMortal(
        session =>
        {
            File.CreateSymbolicLink(session.Host("l"), "nowhere");
            Directory.CreateDirectory(session.Host("d/e"));
            Ok(session.Call(Opcode.Mknod, 1, [.. Bytes(new MknodIn { Mode = SysStat.S_IFIFO | 0x1a4 }), .. Name("p")]));
            var (link, folder, fifo) = (session.Lookup(1, "l").NodeId, session.Lookup(1, "d").NodeId, session.Lookup(1, "p").NodeId);
            Fill(session, 100);
            Assert.Equal("nowhere"u8.ToArray(), Ok(session.Call(Opcode.Readlink, link, [])).Payload);
            session.Lookup(folder, "e");
            Assert.Equal(SysStat.S_IFIFO, Attributes(session, fifo).Mode & SysStat.S_IFMT);
            Ok(session.Call(Opcode.Setattr, fifo, Bytes(new SetattrIn { Valid = SetattrFlag.Mode, Mode = 0x180 })));
            Ok(session.Call(Opcode.Link, folder, [.. Bytes(new LinkIn { OldNodeId = fifo }), .. Name("q")]));
        },
        Limit,
        below: place);

    [Fact]
    public void A_number_that_is_used_again_is_another_inode() => RunMortal(
        session =>
        {
            File.WriteAllText(session.Host("old"), "");
            var old = session.Lookup(1, "old");
            Fill(session, 100);
            // On the host, where nobody guards it.
            File.Delete(session.Host("old"));
            for (var i = 0; ; i++)
            {
                Assert.True(i < 1000, "ext4 gave the number to no other file");
                File.WriteAllText(session.Host($"new{i}"), "new");
                var fresh = session.Lookup(1, $"new{i}");
                if (fresh.Attributes.Inode != old.Attributes.Inode)
                    continue;
                Assert.NotEqual(old.NodeId, fresh.NodeId);
                Assert.Equal(Errno.ESTALE, session.Call(Opcode.Getattr, old.NodeId, Bytes(default(GetattrIn))).Error);
                Assert.Equal(3ul, Attributes(session, fresh.NodeId).FileSize);
                Assert.Equal(fresh.NodeId, session.Lookup(1, $"new{i}").NodeId);
                // The old one can be forgotten without the new one being lost.
                session.Call(Opcode.Forget, old.NodeId, Bytes(new ForgetIn { Lookups = 1 }));
                Assert.Equal(fresh.NodeId, session.Lookup(1, $"new{i}").NodeId);
                break;
            }
        },
        Limit);

    [Theory]
    [InlineData("unlink")]
    [InlineData("rename")]
    [InlineData("rmdir")]
    public void What_the_guest_removes_works_on_until_it_is_forgotten(string how) => RunMortal(
        session =>
        {
            if (how == "rmdir")
                Directory.CreateDirectory(session.Host("x"));
            else
                File.WriteAllText(session.Host("x"), "12345");
            File.WriteAllText(session.Host("y"), "");
            var node = session.Lookup(1, "x").NodeId;
            Fill(session, 100);
            Ok(how switch
            {
                "unlink" => session.Call(Opcode.Unlink, 1, Name("x")),
                "rmdir" => session.Call(Opcode.Rmdir, 1, Name("x")),
                _ => session.Call(Opcode.Rename, 1, [.. Bytes(new RenameIn { NewParent = 1 }), .. Name("y"), .. Name("x")]),
            });
            // Many others are opened meanwhile, twice around the clock.
            Fill(session, 300);
            Assert.Equal(0u, Attributes(session, node).Links);
            if (how != "rmdir")
                Assert.Equal(5, Ok(session.Read(node, session.Open(node, Fcntl.O_RDONLY), 0, 100)).Payload.Length);
            session.Call(Opcode.Forget, node, Bytes(new ForgetIn { Lookups = 1 }));
            Assert.Equal(Errno.ESTALE, session.Call(Opcode.Getattr, node, Bytes(default(GetattrIn))).Error);
            Assert.InRange(session.Server.Inodes.Budget.InodesOpen, 1, Cached);
        },
        Limit);

    [Fact]
    public void A_file_that_was_removed_before_the_budget_was_used_up_stays_too() => RunMortal(
        session =>
        {
            File.WriteAllText(session.Host("x"), "12345");
            var node = session.Lookup(1, "x").NodeId;
            Ok(session.Call(Opcode.Unlink, 1, Name("x")));
            Fill(session, 300);
            Assert.Equal(5ul, Attributes(session, node).FileSize);
        },
        Limit);

    [Fact]
    public void Without_file_handles_there_are_as_many_inodes_as_half_the_limit() => RunMortal(
        session =>
        {
            var error = Errno.None;
            var known = new List<ulong>();
            for (var i = 0; error == Errno.None; i++)
            {
                File.WriteAllText(session.Host($"f{i}"), "");
                var reply = session.Call(Opcode.Lookup, 1, Name($"f{i}"));
                error = reply.Error;
                if (error == Errno.None)
                    known.Add(reply.As<EntryOut>().NodeId);
            }

            Assert.Equal(Errno.ENFILE, error);
            Assert.Equal((Limit / 2) - 1, known.Count);
            foreach (var node in known)
                Attributes(session, node);
            session.Call(Opcode.Forget, known[0], Bytes(new ForgetIn { Lookups = 1 }));
            session.Lookup(1, $"f{known.Count}");
        },
        Limit,
        ServingOptions.ForExports with { FileHandles = HandleUse.Never });

    [Fact]
    public void Open_files_have_a_limit_and_take_room_from_inodes_that_can_be_opened_again() => RunMortal(
        session =>
        {
            Fill(session, 100);
            var node = session.Lookup(1, "f1").NodeId;
            var handles = new List<ulong>();
            FuseReply reply;
            while ((reply = session.Call(Opcode.Open, node, Bytes(default(OpenIn)))).Error == Errno.None)
                handles.Add(reply.As<OpenOut>().Handle);
            Assert.Equal(Errno.ENFILE, reply.Error);
            // What is open works, with and without its inode's descriptor.
            foreach (var handle in handles)
                Assert.Single(Ok(session.Read(node, handle, 0, 10)).Payload);
            Assert.InRange(handles.Count + session.Server.Inodes.Budget.InodesOpen, 1, session.Server.Inodes.Budget.Total);
            Ok(session.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = handles[0] })));
            session.Open(node, Fcntl.O_RDONLY);
        },
        Limit);

    [Fact]
    public void The_next_worker_opens_by_the_handles_of_the_dead_one() => RunMortal(
        session =>
        {
            var nodes = Fill(session, 200);
            File.WriteAllText(session.Host("x"), "12345");
            var gone = session.Lookup(1, "x").NodeId;
            Ok(session.Call(Opcode.Unlink, 1, Name("x")));
            session.Restart(next =>
            {
                Assert.Equal(session.Server.Inodes.Count, next.Server.Inodes.Count);
                for (var i = 0; i < nodes.Length; i++)
                {
                    Assert.Equal((ulong)i, Attributes(next, nodes[i]).FileSize);
                    Assert.Equal(nodes[i], next.Lookup(1, $"f{i}").NodeId);
                }

                Assert.Equal(5ul, Attributes(next, gone).FileSize);
            });
        },
        Limit);

    private static ulong[] Fill(FuseSession session, int count) =>
        [.. Enumerable.Range(0, count).Select(i =>
        {
            File.WriteAllBytes(session.Host($"f{i}"), new byte[i]);
            return session.Lookup(1, $"f{i}").NodeId;
        })];

    private static FuseAttr Attributes(FuseSession session, ulong node) =>
        Ok(session.Call(Opcode.Getattr, node, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes;
}
