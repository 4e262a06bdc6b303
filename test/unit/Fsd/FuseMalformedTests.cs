using System;
using System.IO;
using System.Linq;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd;

public class FuseMalformedTests
{
    /// <summary>Opcode and the bytes of its fixed arguments; each takes a request one byte shorter for malformed.</summary>
    public static TheoryData<int, int> Sizes => new()
    {
        { (int)Opcode.Init, 16 }, { (int)Opcode.Getattr, 16 }, { (int)Opcode.Setattr, 88 }, { (int)Opcode.Statx, 24 }, { (int)Opcode.Access, 8 },
        { (int)Opcode.Open, 8 }, { (int)Opcode.Opendir, 8 }, { (int)Opcode.Release, 24 }, { (int)Opcode.Releasedir, 24 }, { (int)Opcode.Read, 40 },
        { (int)Opcode.Write, 40 }, { (int)Opcode.Lseek, 24 }, { (int)Opcode.Readdir, 40 }, { (int)Opcode.Readdirplus, 40 }, { (int)Opcode.Create, 16 },
        { (int)Opcode.Tmpfile, 16 }, { (int)Opcode.Mkdir, 8 }, { (int)Opcode.Mknod, 16 }, { (int)Opcode.Link, 8 }, { (int)Opcode.Rename, 8 },
        { (int)Opcode.Rename2, 16 }, { (int)Opcode.Flush, 24 }, { (int)Opcode.Fsync, 16 }, { (int)Opcode.Fsyncdir, 16 }, { (int)Opcode.Syncfs, 8 },
        { (int)Opcode.Fallocate, 32 }, { (int)Opcode.CopyFileRange, 56 }, { (int)Opcode.CopyFileRange64, 56 }, { (int)Opcode.Getxattr, 8 },
        { (int)Opcode.Listxattr, 8 }, { (int)Opcode.Setxattr, 8 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Short_arguments_are_refused(int opcode, int size) => RunShared(session =>
    {
        for (var length = 0; length < size; length++)
            Assert.Equal(Errno.EINVAL, session.Call((Opcode)opcode, 1, new byte[length]).Error);
    });

    [Theory]
    [InlineData((int)Opcode.Lookup, 0)]
    [InlineData((int)Opcode.Mkdir, 8)]
    [InlineData((int)Opcode.Mknod, 16)]
    [InlineData((int)Opcode.Create, 16)]
    [InlineData((int)Opcode.Symlink, 0)]
    [InlineData((int)Opcode.Link, 8)]
    [InlineData((int)Opcode.Unlink, 0)]
    [InlineData((int)Opcode.Rmdir, 0)]
    [InlineData((int)Opcode.Rename, 8)]
    [InlineData((int)Opcode.Rename2, 16)]
    public void Bad_names_are_refused(int opcode, int size) => RunShared(session =>
    {
        Directory.CreateDirectory(session.Host("sub"));
        var sub = session.Lookup(1, "sub").NodeId;
        var before = session.Server.Counters;
        byte[] tail = [.. Name("target"), .. Name("more")];
        byte[] head = new byte[size];
        foreach (var name in new[] { "", ".", "..", "a/b", "/", "../sub", "sub/" })
            Assert.Equal(Errno.EINVAL, session.Call((Opcode)opcode, sub, [.. head, .. Name(name), .. tail]).Error);
        Assert.Equal(Errno.ENAMETOOLONG, session.Call((Opcode)opcode, sub, [.. head, .. Name(new string('x', 256)), .. tail]).Error);
        Assert.Equal(Errno.EINVAL, session.Call((Opcode)opcode, sub, [.. head, .. "unterminated"u8]).Error);
        Assert.Equal(Errno.EINVAL, session.Call((Opcode)opcode, sub, head).Error);
        Assert.Empty(Directory.GetFileSystemEntries(session.Host("sub")));
        Assert.Equal(before.Inodes, session.Server.Counters.Inodes);
        Assert.Equal(before.OpenFiles, session.Server.Counters.OpenFiles);
    });

    [Fact]
    public void Every_opcode_bears_every_length_and_every_node() => RunShared(session =>
    {
        var random = new Random(7);
        for (var opcode = 0u; opcode < 70; opcode++)
        {
            if (opcode is (uint)Opcode.Init or (uint)Opcode.Destroy)
                continue;
            foreach (var node in new ulong[] { 0, 1, 2, 0x1_0000_0001, ulong.MaxValue, random.NextUInt64() })
            {
                foreach (var length in new[] { 0, 1, 7, 8, 16, 24, 40, 88, 300, 5000 })
                {
                    var arguments = new byte[length];
                    random.NextBytes(arguments);
                    foreach (var room in new[] { 0, 15, 16, 17, 100, 8192 })
                    {
                        var reply = session.Call((Opcode)opcode, node, arguments, room);
                        Assert.True(room >= 16 || reply.Written == 0);
                    }
                }
            }
        }

        // Some of it happened to be good, such as an OPENDIR of the root.
        Ok(session.Call(Opcode.Destroy, 1, []));
        Assert.Equal((1, 0), (session.Server.Counters.Inodes, session.Server.Counters.OpenFiles));
        File.WriteAllText(session.Host("alive"), "");
        Assert.NotEqual(0ul, session.Lookup(1, "alive").NodeId);
    });

    [Fact]
    public void What_finds_no_room_for_its_reply_is_not_done() => RunShared(session =>
    {
        File.WriteAllText(session.Host("f"), "");
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Lookup, 1, Name("f"), 143).Error);
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Mkdir, 1, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("d")], 143).Error);
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Create, 1, [.. Bytes(new CreateIn { Flags = 2 }), .. Name("c")], 159).Error);
        Assert.Equal(0, session.Call(Opcode.Mkdir, 1, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("e")], 15).Written);
        Assert.Equal(["f"], Directory.GetFileSystemEntries(session.Folder).Select(Path.GetFileName));
        Assert.Equal(1, session.Server.Counters.Inodes);
    });

    [Fact]
    public void Wrong_headers_are_refused() => RunShared(session =>
    {
        Assert.Equal(0, session.Send([], 0).Written);
        Assert.Equal(Errno.EINVAL, session.Send(new byte[39]).Error);
        foreach (var length in new uint[] { 0, 39, 57, uint.MaxValue })
            Assert.Equal(Errno.EINVAL, session.Send([.. Bytes(new InHeader { Length = length, Opcode = (uint)Opcode.Getattr, NodeId = 1 }), .. new byte[16]]).Error);
        var extended = new InHeader { Length = 56, Opcode = (uint)Opcode.Getattr, NodeId = 1, ExtensionLength = 3 };
        Assert.Equal(Errno.EINVAL, session.Send([.. Bytes(extended), .. new byte[16]]).Error);
        extended.ExtensionLength = ushort.MaxValue;
        Assert.Equal(Errno.EINVAL, session.Send([.. Bytes(extended), .. new byte[16]]).Error);
        extended.ExtensionLength = 1;
        extended.Length = 64;
        Ok(session.Send([.. Bytes(extended), .. new byte[24]]));
        Assert.Equal(Errno.ENOSYS, session.Call((Opcode)4096, 1, []).Error);
        Assert.Equal(Errno.ENOSYS, session.Call(Opcode.Bmap, 1, []).Error);
    });
}

internal static class RandomExtensions
{
    public static ulong NextUInt64(this Random random) => (ulong)random.NextInt64(long.MinValue, long.MaxValue);
}
