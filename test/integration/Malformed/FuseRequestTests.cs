using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Wire;
using Xunit;

namespace KataShimNet.IntegrationTests.Malformed;

/// <summary>FUSE requests that a guest's kernel would not send: each comes back, with an error where something was asked for, and a good request works after it.</summary>
public sealed class FuseRequestTests
{
    // Fewest bytes of arguments, names with their zero; operations that take none or have no reply are left out.
    private static readonly Dictionary<FuseOpcode, int> s_arguments = new()
    {
        [FuseOpcode.Lookup] = 2,
        [FuseOpcode.GetAttr] = 16,
        [FuseOpcode.SetAttr] = 88,
        [FuseOpcode.Symlink] = 4,
        [FuseOpcode.Mknod] = 18,
        [FuseOpcode.Mkdir] = 10,
        [FuseOpcode.Unlink] = 2,
        [FuseOpcode.Rmdir] = 2,
        [FuseOpcode.Rename] = 12,
        [FuseOpcode.Link] = 10,
        [FuseOpcode.Open] = 8,
        [FuseOpcode.Read] = 40,
        [FuseOpcode.Write] = 40,
        [FuseOpcode.Release] = 24,
        [FuseOpcode.Fsync] = 16,
        [FuseOpcode.SetXattr] = 18,
        [FuseOpcode.GetXattr] = 10,
        [FuseOpcode.ListXattr] = 8,
        [FuseOpcode.RemoveXattr] = 2,
        [FuseOpcode.Flush] = 24,
        [FuseOpcode.OpenDir] = 8,
        [FuseOpcode.ReadDir] = 40,
        [FuseOpcode.ReleaseDir] = 24,
        [FuseOpcode.FsyncDir] = 16,
        [FuseOpcode.Access] = 8,
        [FuseOpcode.Create] = 18,
        [FuseOpcode.Fallocate] = 32,
        [FuseOpcode.ReadDirPlus] = 40,
        [FuseOpcode.Rename2] = 20,
        [FuseOpcode.Lseek] = 24,
        [FuseOpcode.CopyFileRange] = 56,
    };

    private static readonly uint[] s_opcodes = [.. Enumerable.Range(1, 52).Select(n => (uint)n).Except([(uint)FuseOpcode.Init, (uint)FuseOpcode.Destroy])];

    [Fact]
    public void Arguments_that_are_too_short_are_an_error_for_every_operation()
    {
        using var device = new DeviceUnderAttack();
        foreach (var (opcode, least) in s_arguments)
        {
            for (var length = 0; length < least; length++)
            {
                var what = $"{opcode} with {length} of {least} bytes";
                var reply = Send(device, opcode, device.File, new byte[length], 4096, what);
                Assert.True(reply.Errno is { } errno && errno != Errno.None, $"{what}: {reply.Written} bytes, {reply.Errno}");
            }

            device.AssertAlive(1, opcode.ToString());
        }
    }

    [Fact]
    public void Headers_that_are_too_short_come_back()
    {
        using var device = new DeviceUnderAttack();
        var request = device.Fuse.Request(FuseOpcode.GetAttr, device.Share.Root, new byte[16]);
        for (var length = 1; length < 40; length++)
        {
            var reply = device.Fuse.Raw(request.AsSpan(0, length), 4096, $"a header of {length} bytes");
            AssertWellFormed(reply, $"a header of {length} bytes", mustFail: true);
        }

        device.AssertAlive(1, "short headers");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(39u)]
    [InlineData(55u)]
    [InlineData(57u)]
    [InlineData(0xFFFF_FFFFu)]
    public void A_length_that_is_not_the_requests_is_an_error(uint length)
    {
        using var device = new DeviceUnderAttack();
        var request = device.Fuse.Request(FuseOpcode.GetAttr, device.Share.Root, new byte[16]);
        BitConverter.TryWriteBytes(request, length);

        var reply = device.Fuse.Raw(request, 4096, "a wrong length");

        AssertWellFormed(reply, $"length {length}", mustFail: true);
        device.AssertAlive(1, $"length {length}");
    }

    [Fact]
    public void Names_that_are_no_path_components_are_refused_everywhere()
    {
        using var device = new DeviceUnderAttack();
        System.IO.Directory.CreateDirectory(device.Share.At("sub"));
        System.IO.File.WriteAllText(device.Share.Folder.Location + "/outside", "secret");
        var sub = device.Fuse.Lookup(device.Share.Root, "sub").Value.NodeId;
        byte[][] names =
        [
            "\0"u8.ToArray(), "..\0"u8.ToArray(), "../outside\0"u8.ToArray(), "/etc/passwd\0"u8.ToArray(), "a/b\0"u8.ToArray(), "/\0"u8.ToArray(),
            "sub/\0"u8.ToArray(), "noend"u8.ToArray(), [], Encoding.UTF8.GetBytes(new string('n', 256) + '\0'), Encoding.UTF8.GetBytes(new string('n', 300) + '\0'),
            Encoding.UTF8.GetBytes(new string('n', 70_000) + '\0'),
        ];
        byte[] good = "ok\0"u8.ToArray();
        foreach (var name in names)
        {
            var shown = Encoding.UTF8.GetString(name.AsSpan(0, Math.Min(20, name.Length))).Replace("\0", "\\0", StringComparison.Ordinal);
            foreach (var (opcode, arguments) in new (FuseOpcode, byte[])[]
            {
                (FuseOpcode.Lookup, name),
                (FuseOpcode.Mkdir, new WireWriter().U32(0x1ED).U32(0).Bytes(name).ToArray()),
                (FuseOpcode.Mknod, new WireWriter().U32(0x81A4).U32(0).U32(0).U32(0).Bytes(name).ToArray()),
                (FuseOpcode.Create, new WireWriter().U32(2).U32(0x81A4).U32(0).U32(0).Bytes(name).ToArray()),
                (FuseOpcode.Symlink, new WireWriter().Bytes(name).Bytes(good).ToArray()),
                (FuseOpcode.Link, new WireWriter().U64(device.File).Bytes(name).ToArray()),
                (FuseOpcode.Unlink, name),
                (FuseOpcode.Rmdir, name),
                (FuseOpcode.Rename, new WireWriter().U64(sub).Bytes(name).Bytes(good).ToArray()),
                (FuseOpcode.Rename, new WireWriter().U64(sub).Name("file").Bytes(name).ToArray()),
                (FuseOpcode.Rename2, new WireWriter().U64(sub).U32(0).U32(0).Bytes(name).Bytes(good).ToArray()),
                (FuseOpcode.Rename2, new WireWriter().U64(sub).U32(0).U32(0).Name("file").Bytes(name).ToArray()),
            })
            {
                // Without an end, a first name runs on into the second one: that is then a good name, or none.
                if (name is [.., not 0] && opcode is FuseOpcode.Symlink or FuseOpcode.Rename or FuseOpcode.Rename2 && arguments.AsSpan().EndsWith(good))
                    continue;
                var reply = Send(device, opcode, sub, arguments, 4096, $"{opcode} of \"{shown}\"");
                Assert.True(reply.Errno is { } errno && errno != Errno.None, $"{opcode} of \"{shown}\": {reply.Errno}, {reply.Written} bytes");
            }
        }

        Assert.Empty(System.IO.Directory.GetFileSystemEntries(device.Share.At("sub")));
        Assert.Equal(["e", "outside"], System.IO.Directory.GetFileSystemEntries(device.Share.Folder.Location).Select(p => System.IO.Path.GetFileName(p)).Order());
        Assert.Equal(Errno.ENAMETOOLONG, device.Fuse.Lookup(sub, new string('n', 256)).Errno);
        device.AssertAlive(1, "bad names");
    }

    [Fact]
    public void Names_of_attributes_that_cannot_be_are_refused()
    {
        using var device = new DeviceUnderAttack();
        foreach (var name in new[] { "", "user.", new string('x', 256), "user." + new string('x', 251), "user." + new string('x', 70_000) })
        {
            Assert.NotEqual(Errno.None, device.Fuse.SetXattr(device.File, name, "1"u8));
            Assert.NotEqual(Errno.None, device.Fuse.GetXattr(device.File, name, 10).Errno);
            Assert.NotEqual(Errno.None, device.Fuse.RemoveXattr(device.File, name));
        }

        var unended = new WireWriter().U32(0).U32(0).Bytes("user.a"u8).ToArray();
        Assert.NotEqual(Errno.None, device.Fuse.Call(FuseOpcode.GetXattr, device.File, unended, 100).Errno);
        foreach (var size in new[] { 2u, 100u, 65537u, 0x7FFF_FFFFu, uint.MaxValue })
        {
            var lying = new WireWriter().U32(size).U32(0).U32(0).U32(0).Name("user.a").U8(1).ToArray();
            Assert.NotEqual(Errno.None, device.Fuse.Call(FuseOpcode.SetXattr, device.File, lying, 100).Errno);
        }

        Assert.Equal(Errno.ENODATA, Host.GetXattr(device.Share.At("file"), "user.a").Errno);
        device.AssertAlive(1, "bad names of attributes");
    }

    [Fact]
    public void Nodes_that_are_not_known_are_an_error_for_every_operation()
    {
        using var device = new DeviceUnderAttack();
        var share = device.Share;
        share.Put("gone", "");
        var forgotten = device.Fuse.Lookup(share.Root, "gone").Value.NodeId;
        device.Fuse.Forget(forgotten, 1);
        ulong[] nodes =
        [
            0, ulong.MaxValue, 1UL << 63, 123_456_789, forgotten, device.File ^ (1UL << 32), device.File ^ (1UL << 63), device.File + (1UL << 40), uint.MaxValue,
        ];
        foreach (var node in nodes)
        {
            foreach (var (opcode, least) in s_arguments)
            {
                var reply = Send(device, opcode, node, Plausible(opcode, least), 4096, $"{opcode} of node {node:x}");
                Assert.True(reply.Errno is { } errno && errno != Errno.None, $"{opcode} of node 0x{node:x}: {reply.Errno}");
            }

            Assert.NotEqual(Errno.None, device.Fuse.Link(node, share.Root, "l").Errno);
            Assert.NotEqual(Errno.None, device.Fuse.Rename2(share.Root, "file", node, "x", 0));
        }

        Assert.Equal(["file", "gone"], System.IO.Directory.GetFileSystemEntries(share.At("")).Select(p => System.IO.Path.GetFileName(p)).Order());
        device.AssertAlive(1, "unknown nodes");
    }

    [Fact]
    public void Handles_that_are_not_known_or_of_another_kind_are_an_error()
    {
        using var device = new DeviceUnderAttack();
        var fuse = device.Fuse;
        var fh = fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        var dh = fuse.OpenDir(device.Share.Root).Value.Fh;
        Assert.Equal(Errno.None, fuse.Release(device.File, fh));
        foreach (var handle in new[] { ulong.MaxValue, 1UL << 63, fh, fh ^ (1UL << 32), dh ^ (1UL << 32), 987_654_321UL, dh })
        {
            var node = device.File;
            Errno[] results =
            [
                fuse.Read(node, handle, 0, 10).Errno, fuse.Write(node, handle, 0, "x"u8).Errno, fuse.Fallocate(node, handle, 0, 10, 0),
                fuse.CopyFileRange(node, handle, 0, node, handle, 100, 1).Errno,
                fuse.SetAttr(node, new(SetAttrValid.Size | SetAttrValid.Fh) { Fh = handle }).Errno,
            ];
            Assert.All(results, errno => Assert.NotEqual(Errno.None, errno));
            if (handle == dh)
                continue;
            Assert.NotEqual(Errno.None, fuse.Lseek(node, handle, 0, 3).Errno);
            Assert.NotEqual(Errno.None, fuse.Fsync(node, handle));
            Assert.NotEqual(Errno.None, fuse.ReadDir(device.Share.Root, handle, 0, 4096).Errno);
            Assert.NotEqual(Errno.None, fuse.ReadDirPlus(device.Share.Root, handle, 0, 4096).Errno);
            Assert.NotEqual(Errno.None, fuse.Release(node, handle));
        }

        fh = fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        Assert.NotEqual(Errno.None, fuse.ReadDir(device.Share.Root, fh, 0, 4096).Errno);
        Assert.Equal("content"u8.ToArray(), device.Share.HostBytes("file"));
        Assert.Equal(Errno.None, fuse.ReleaseDir(device.Share.Root, dh));
        Assert.NotEqual(Errno.None, fuse.ReleaseDir(device.Share.Root, dh));
        device.AssertAlive(1, "unknown handles");
    }

    [Fact]
    public void Offsets_and_sizes_at_the_ends_of_their_range_are_taken_calmly()
    {
        using var device = new DeviceUnderAttack();
        var (fuse, node) = (device.Fuse, device.File);
        var fh = fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
        var dh = fuse.OpenDir(device.Share.Root).Value.Fh;
        foreach (var value in new[] { 1UL << 63, (1UL << 63) - 1, ulong.MaxValue, ulong.MaxValue - 4095 })
        {
            Assert.True(fuse.Read(node, fh, value, 10) is { Errno: not Errno.None } or { Value.Length: 0 }, $"read at {value}");
            Assert.NotEqual(Errno.None, fuse.Write(node, fh, value, "xx"u8).Errno);
            Assert.NotEqual(Errno.None, fuse.Lseek(node, fh, value, 3).Errno);
            Assert.NotEqual(Errno.None, fuse.Fallocate(node, fh, value, 10, 0));
            Assert.NotEqual(Errno.None, fuse.Fallocate(node, fh, 10, value, 0));
            Assert.True(fuse.CopyFileRange(node, fh, value, node, fh, 0, 5) is { Errno: not Errno.None } or { Value: 0 }, $"copy from {value}");
            Assert.NotEqual(Errno.None, fuse.CopyFileRange(node, fh, 0, node, fh, value, 5).Errno);
            Assert.NotEqual(Errno.None, fuse.CopyFileRange(node, fh, 0, node, ulong.MaxValue, 0, value).Errno);
            Assert.NotEqual(Errno.None, fuse.SetAttr(node, new(SetAttrValid.Size) { Size = value }).Errno is var e && value == long.MaxValue && e == Errno.None ? Errno.EFBIG : e);
            _ = fuse.SetAttr(node, new(SetAttrValid.Size) { Size = 7 }).Value;
            // Any offset is the file system's own affair; what counts is that an answer comes.
            _ = fuse.ReadDir(device.Share.Root, dh, value, 4096);
            _ = fuse.ReadDirPlus(device.Share.Root, dh, value, 4096);
            // No kernel sends a second of nanoseconds: an error, or a time that is one; the attributes that come back are checked for it.
            Assert.Contains(fuse.SetAttr(node, new(SetAttrValid.Mtime) { Mtime = (0, 1_000_000_000) }).Errno, new[] { Errno.EINVAL, Errno.None });
            Assert.InRange(Host.Stat(device.Share.At("file")).ModifyTime.Seconds, 0, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        }

        foreach (var size in new[] { uint.MaxValue, 1u << 31, 4097u })
        {
            var lie = new WireWriter().U64(fh).U64(0).U32(size).U32(0).U64(0).U32(0).U32(0).ToArray();
            AssertWellFormed(Send(device, FuseOpcode.Read, node, lie, 4096, "read"), $"read of {size} into 4096 bytes", mustFail: false);
            AssertWellFormed(Send(device, FuseOpcode.Write, node, [.. lie, 1, 2, 3], 4096, "write"), $"write of {size} bytes that are three", mustFail: true);
            var list = new WireWriter().U64(dh).U64(0).U32(size).U32(0).U64(0).U32(0).U32(0).ToArray();
            AssertWellFormed(Send(device, FuseOpcode.ReadDir, device.Share.Root, list, 200, "readdir"), $"readdir of {size} into 200 bytes", mustFail: false);
            AssertWellFormed(Send(device, FuseOpcode.ReadDirPlus, device.Share.Root, list, 200, "readdirplus"), $"readdirplus of {size} into 200 bytes", mustFail: false);
            var sized = new WireWriter().U32(size).U32(0).ToArray();
            AssertWellFormed(Send(device, FuseOpcode.ListXattr, node, sized, 100, "listxattr"), $"listxattr of {size} into 100 bytes", mustFail: false);
        }

        Assert.Equal(7, device.Share.HostBytes("file").Length);
        device.AssertAlive(1, "numbers at their ends");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(20)]
    public void Room_that_is_too_small_is_never_overrun(int room)
    {
        using var device = new DeviceUnderAttack();
        var fh = device.Fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        foreach (var opcode in s_opcodes)
        {
            var least = s_arguments.GetValueOrDefault((FuseOpcode)opcode, 64);
            var arguments = Plausible((FuseOpcode)opcode, least);
            if (arguments.Length >= 8 && (FuseOpcode)opcode is FuseOpcode.Read or FuseOpcode.Write or FuseOpcode.Lseek or FuseOpcode.Flush)
                BitConverter.TryWriteBytes(arguments, fh);
            // Guard bytes around the room are checked with every exchange.
            var reply = device.Fuse.Raw(device.Fuse.Request((FuseOpcode)opcode, device.Share.Root, arguments), room, $"{(FuseOpcode)opcode} with room for {room}");
            Assert.True(reply.Written <= room);
            if (reply.Written >= 16)
                Assert.Equal(reply.Written, BitConverter.ToUInt32(reply.Bytes));
        }

        device.AssertAlive(1, $"room for {room}");
    }

    [Fact]
    public void References_are_never_given_back_below_zero()
    {
        using var device = new DeviceUnderAttack();
        var fuse = device.Fuse;

        fuse.Forget(FuseValues.RootId, ulong.MaxValue);
        fuse.Forget(FuseValues.RootId, 1);
        fuse.Forget(device.File, ulong.MaxValue);
        fuse.Forget(device.File, 1);
        fuse.Forget(ulong.MaxValue, 1);
        fuse.Forget(0, ulong.MaxValue);
        fuse.Forget(device.Share.Root, 1000);
        fuse.BatchForget((FuseValues.RootId, ulong.MaxValue), (12345UL, 1UL), (ulong.MaxValue, ulong.MaxValue));
        foreach (var count in new[] { 0u, 2u, 1000u, uint.MaxValue })
            fuse.CallWithoutReply(FuseOpcode.BatchForget, 0, new WireWriter().U32(count).U32(0).U64(1).U64(1).ToArray(), queue: 0);
        fuse.CallWithoutReply(FuseOpcode.Forget, 5, [1, 2, 3], queue: 0);
        fuse.CallWithoutReply(FuseOpcode.BatchForget, 0, [], queue: 0);

        // The roots stay reachable whatever a guest says it gave up.
        Assert.Equal(Errno.None, fuse.GetAttr(FuseValues.RootId).Errno);
        var root = fuse.Lookup(FuseValues.RootId, "e").Value.NodeId;
        Assert.Equal(7UL, fuse.Lookup(root, "file").Value.Attr.Size);
    }

    [Fact]
    public void Flags_and_modes_that_a_guest_has_no_business_with_are_harmless()
    {
        using var device = new DeviceUnderAttack();
        var (fuse, root) = (device.Fuse, device.Share.Root);

        foreach (var type in new[] { 0x4000u, 0xA000u, 0xF000u, 0x3000u })
            Assert.NotEqual(Errno.None, fuse.Mknod(root, "n", type | 0x1A4).Errno);
        foreach (var flags in new[] { Fcntl.O_PATH, Fcntl.O_TMPFILE | Fcntl.O_RDWR, Fcntl.O_DIRECTORY, Fcntl.O_CREAT | Fcntl.O_EXCL, Fcntl.O_ACCMODE, -1 })
        {
            var opened = fuse.Open(device.File, flags);
            if (opened.Errno == Errno.None)
                Assert.Equal(Errno.None, fuse.Release(device.File, opened.Value.Fh));
            device.AssertAlive(1, $"open with 0x{flags:x}");
        }

        device.Share.Put("file", "content");
        _ = fuse.SetAttr(device.File, new(SetAttrValid.Uid | SetAttrValid.Gid) { Uid = uint.MaxValue, Gid = uint.MaxValue });
        Assert.Equal(0u, Host.Stat(device.Share.At("file")).Uid);
        _ = fuse.SetAttr(device.File, new((SetAttrValid)0xFFFF_F000));
        Assert.NotEqual(Errno.None, fuse.Symlink(root, "l", new string('t', 5000)).Errno);
        Assert.NotEqual(Errno.None, fuse.Symlink(root, "l", "").Errno);
        Assert.Equal("content"u8.ToArray(), device.Share.HostBytes("file"));
        Assert.Single(System.IO.Directory.GetFileSystemEntries(device.Share.At("")));
        device.AssertAlive(1, "strange flags");
    }

    [Fact]
    public void INIT_in_wrong_forms_and_at_wrong_times()
    {
        using var device = new DeviceUnderAttack();
        foreach (var length in new[] { 0, 1, 7, 15 })
            AssertWellFormed(Send(device, FuseOpcode.Init, 0, new byte[length], 4096, "INIT"), $"INIT of {length} bytes", mustFail: true);
        Assert.Equal(Errno.EPROTO, device.Fuse.Init(major: 6).Errno);
        // A newer major is answered with ours, and the guest tries again.
        var newer = device.Fuse.Call(FuseOpcode.Init, 0, new WireWriter().U32(8).U32(0).Zeros(56).ToArray(), 64);
        Assert.Equal((Errno.None, 7u), (newer.Errno, newer.Data.Length >= 4 ? BitConverter.ToUInt32(newer.Data) : 0));
        Assert.Equal(Errno.None, device.Fuse.Init().Errno);
        Assert.Equal(Errno.None, device.Fuse.Lookup(FuseValues.RootId, "e").Errno);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_requests_come_back_and_harm_nothing(int seed)
    {
        using var device = new DeviceUnderAttack();
        var share = device.Share;
        System.IO.File.WriteAllText(share.Folder.Location + "/outside", "secret");
        var random = new Random(seed);
        var fh = device.Fuse.Open(device.File, Fcntl.O_RDWR).Value.Fh;
        ulong[] words = [0, 1, fh, device.File, share.Root, ulong.MaxValue, 1UL << 63, 4096, 0x0000_0002_0000_0002];
        for (var i = 0; i < 5000; i++)
        {
            var arguments = new byte[random.Next(0, 160)];
            random.NextBytes(arguments);
            for (var at = 0; at + 8 <= arguments.Length; at += 8)
            {
                if (random.Next(3) != 0)
                    BitConverter.TryWriteBytes(arguments.AsSpan(at), words[random.Next(words.Length)]);
            }

            var opcode = (FuseOpcode)s_opcodes[random.Next(s_opcodes.Length)];
            var request = device.Fuse.Request(opcode, words[random.Next(1, words.Length)], arguments);
            if (random.Next(10) == 0)
                BitConverter.TryWriteBytes(request, random.Next());
            var reply = (device.Fuse with { Queue = random.Next(0, 3) }).Raw(request, random.Next(0, 300), $"random request {i} of seed {seed}: {opcode}");
            AssertWellFormed(reply, $"random request {i} of seed {seed}: {opcode}", mustFail: false);
        }

        device.AssertAlive(1, "random requests");
        Assert.Equal("secret", System.IO.File.ReadAllText(share.Folder.Location + "/outside"));
    }

    private static RawReply Send(DeviceUnderAttack device, FuseOpcode opcode, ulong node, byte[] arguments, int room, string what)
    {
        var reply = device.Fuse.Raw(device.Fuse.Request(opcode, node, arguments), room, what);
        AssertWellFormed(reply, what, mustFail: false);
        return reply;
    }

    private static void AssertWellFormed(RawReply reply, string what, bool mustFail)
    {
        if (reply.Written == 0)
            return;
        Assert.True(reply.Written >= 16 && BitConverter.ToUInt32(reply.Bytes) == reply.Written, $"{what}: a reply of {reply.Written} bytes that claims {BitConverter.ToUInt32(reply.Bytes)}");
        Assert.False(mustFail && reply.Errno == Errno.None, $"{what} succeeded");
    }

    // Arguments of the right size, with names where names belong.
    private static byte[] Plausible(FuseOpcode opcode, int least)
    {
        var arguments = new byte[least];
        var names = opcode switch
        {
            FuseOpcode.Symlink or FuseOpcode.Rename or FuseOpcode.Rename2 => 2,
            FuseOpcode.Lookup or FuseOpcode.Unlink or FuseOpcode.Rmdir or FuseOpcode.Mkdir or FuseOpcode.Mknod or FuseOpcode.Link or FuseOpcode.Create
                or FuseOpcode.SetXattr or FuseOpcode.GetXattr or FuseOpcode.RemoveXattr => 1,
            _ => 0,
        };
        for (var i = 1; i <= names; i++)
            arguments[least - 2 * i] = (byte)'z';
        if (opcode is FuseOpcode.Mknod)
            arguments[1] = 0x81;
        if (opcode is FuseOpcode.SetAttr)
            arguments[0] = (byte)SetAttrValid.Size;
        return arguments;
    }
}
