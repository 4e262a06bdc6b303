using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>Names, inodes and attributes.</summary>
public class FuseNameTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void Everything_that_makes_a_name_makes_it_on_the_host() => RunShared(session =>
    {
        var folder = Ok(session.Call(Opcode.Mkdir, 1, [.. Bytes(new MkdirIn { Mode = 0x1e8 }), .. Name("d")])).As<EntryOut>();
        Assert.Equal(0x1e8u | SysStat.S_IFDIR, folder.Attributes.Mode);
        var link = Ok(session.Call(Opcode.Symlink, folder.NodeId, [.. Name("l"), .. Name("../target")])).As<EntryOut>();
        Assert.Equal("../target", Encoding.UTF8.GetString(Ok(session.Call(Opcode.Readlink, link.NodeId, [])).Payload));
        Assert.Equal("../target", new FileInfo(session.Host("d/l")).LinkTarget);
        Ok(session.Call(Opcode.Mknod, folder.NodeId, [.. Bytes(new MknodIn { Mode = SysStat.S_IFIFO | 0x180 }), .. Name("p")]));
        var device = Ok(session.Call(Opcode.Mknod, folder.NodeId, [.. Bytes(new MknodIn { Mode = SysStat.S_IFCHR | 0x180, DeviceNumber = 0x103 }), .. Name("null")]));
        Assert.Equal(0x103u, device.As<EntryOut>().Attributes.DeviceNumber);
        var file = session.Create(folder.NodeId, "f");
        var second = Ok(session.Call(Opcode.Link, 1, [.. Bytes(new LinkIn { OldNodeId = file.Entry.NodeId }), .. Name("g")])).As<EntryOut>();
        Assert.Equal(file.Entry.NodeId, second.NodeId);
        Assert.Equal(2u, second.Attributes.Links);
        Ok(session.Call(Opcode.Rename, folder.NodeId, [.. Bytes(new RenameIn { NewParent = 1 }), .. Name("f"), .. Name("h")]));
        Assert.True(File.Exists(session.Host("h")));
        Assert.Equal(Errno.EEXIST, session.Call(Opcode.Rename2, 1, [.. Bytes(new Rename2In { NewParent = folder.NodeId, Flags = 1 }), .. Name("h"), .. Name("l")]).Error);
        Ok(session.Call(Opcode.Rename2, 1, [.. Bytes(new Rename2In { NewParent = folder.NodeId, Flags = 2 }), .. Name("h"), .. Name("l")]));
        Assert.Equal("../target", new FileInfo(session.Host("h")).LinkTarget);
        Assert.Equal(Errno.ENOTEMPTY, session.Call(Opcode.Rmdir, 1, Name("d")).Error);
        foreach (var name in new[] { "l", "p", "null" })
            Ok(session.Call(Opcode.Unlink, folder.NodeId, Name(name)));
        Ok(session.Call(Opcode.Rmdir, 1, Name("d")));
        Assert.False(Directory.Exists(session.Host("d")));
    });

    [Fact]
    public void What_is_made_was_made_also_when_somebody_removes_it_at_once() => RunShared(session =>
    {
        File.CreateSymbolicLink(session.Host("source"), "nowhere");
        File.WriteAllText(session.Host("file"), "");
        var source = session.Lookup(1, "source").NodeId;
        var gone = 0;
        using var end = new CancellationTokenSource();
        var others = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
                RemoveOrReplace(session.Host("d"), session.Host("l"), session.Host("file"));
        });
        // How many tries it takes is up to the scheduler.
        for (var start = Stopwatch.GetTimestamp(); gone < 5 && Stopwatch.GetElapsedTime(start) < s_patience;)
        {
            var folder = session.Call(Opcode.Mkdir, 1, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("d")]);
            if (folder.Error == Errno.EEXIST)
                continue;
            var made = Ok(folder).As<EntryOut>();
            Assert.Equal(SysStat.S_IFDIR, made.Attributes.Mode & SysStat.S_IFMT);
            var asked = session.Call(Opcode.Getattr, made.NodeId, Bytes(default(GetattrIn)));
            gone += asked.Error == Errno.ESTALE ? 1 : 0;
            session.Server.Inodes.Forget(made.NodeId, 1);
            var link = session.Call(Opcode.Link, 1, [.. Bytes(new LinkIn { OldNodeId = source }), .. Name("l")]);
            if (link.Error != Errno.EEXIST)
                Assert.Equal(source, Ok(link).As<EntryOut>().NodeId);
        }

        end.Cancel();
        others.Wait();
        Assert.True(gone > 0, "nobody was fast enough");
    });

    [Fact]
    public void What_is_made_belongs_to_the_caller() => RunShared(session =>
    {
        Assert.SkipWhen(Unistd.geteuid() != 0, "giving files to other users needs root");
        session.Uid = 1234;
        session.Gid = 4321;
        var folder = Ok(session.Call(Opcode.Mkdir, 1, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("d")])).As<EntryOut>();
        Assert.Equal((1234u, 4321u), (folder.Attributes.Uid, folder.Attributes.Gid));
        var file = session.Create(1, "f").Entry.Attributes;
        Assert.Equal((1234u, 4321u), (file.Uid, file.Gid));
        // A set-group-id directory gives its own group.
        session.Uid = session.Gid = 0;
        Ok(session.Call(Opcode.Setattr, folder.NodeId, Bytes(new SetattrIn { Valid = SetattrFlag.Mode | SetattrFlag.Gid, Mode = 0x5ed, Gid = 77 })));
        session.Uid = 55;
        session.Gid = 66;
        var inner = session.Create(folder.NodeId, "x").Entry.Attributes;
        Assert.Equal((55u, 77u), (inner.Uid, inner.Gid));
        var device = session.Call(Opcode.Mknod, 1, [.. Bytes(new MknodIn { Mode = SysStat.S_IFCHR | 0x180, DeviceNumber = 0x103 }), .. Name("null")]);
        Assert.Equal(55u, Ok(device).As<EntryOut>().Attributes.Uid);
        session.Uid = uint.MaxValue;
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Mkdir, 1, [.. Bytes(default(MkdirIn)), .. Name("e")]).Error);
        session.Uid = session.Gid = 0;
        Assert.Equal(0u, session.Create(1, "r").Entry.Attributes.Uid);
    });

    [Fact]
    public void Attributes_are_set_and_shown() => RunShared(session =>
    {
        var node = session.Create(1, "f").Entry.NodeId;
        var change = new SetattrIn
        {
            Valid = SetattrFlag.Mode | SetattrFlag.Uid | SetattrFlag.Gid | SetattrFlag.Size | SetattrFlag.AccessTime | SetattrFlag.ModifyTime,
            Mode = 0x9ed,
            Uid = 12,
            Gid = 13,
            FileSize = 100,
            AccessTime = 1000,
            AccessNanoseconds = 5,
            ModifyTime = 2000,
            ModifyNanoseconds = 999_999_999,
        };
        var shown = Ok(session.Call(Opcode.Setattr, node, Bytes(change))).As<AttrOut>().Attributes;
        Assert.Equal((12u, 13u, 100ul), (shown.Uid, shown.Gid, shown.FileSize));
        Assert.Equal((1000ul, 5u, 2000ul, 999_999_999u), (shown.AccessTime, shown.AccessNanoseconds, shown.ModifyTime, shown.ModifyNanoseconds));
        Assert.Equal(0x9edu, shown.Mode & 0xfff);
        var extended = Ok(session.Call(Opcode.Statx, node, Bytes(new StatxIn { Mask = 0xfff }))).As<StatxOut>().Statx;
        Assert.Equal((100ul, 12u), (extended.FileSize, extended.Uid));
        Assert.NotEqual(0, extended.BirthTime.Seconds);
        var link = Ok(session.Call(Opcode.Symlink, 1, [.. Name("l"), .. Name("f")])).As<EntryOut>();
        Assert.Equal(Errno.EOPNOTSUPP, session.Call(Opcode.Setattr, link.NodeId, Bytes(new SetattrIn { Valid = SetattrFlag.Mode })).Error);
        Assert.Equal(0x9edu, session.Lookup(1, "f").Attributes.Mode & 0xfff);
        Ok(session.Call(Opcode.Setattr, link.NodeId, Bytes(new SetattrIn { Valid = SetattrFlag.ModifyTime, ModifyTime = 77 })));
        Assert.Equal(77u, Ok(session.Call(Opcode.Getattr, link.NodeId, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes.ModifyTime);
    });

    [Fact]
    public void Extended_attributes_of_every_type() => RunShared(session =>
    {
        var file = session.Create(1, "f").Entry.NodeId;
        var link = Ok(session.Call(Opcode.Symlink, 1, [.. Name("l"), .. Name("f")])).As<EntryOut>().NodeId;
        var fifo = Ok(session.Call(Opcode.Mknod, 1, [.. Bytes(new MknodIn { Mode = SysStat.S_IFIFO | 0x180 }), .. Name("p")])).As<EntryOut>().NodeId;
        foreach (var node in new[] { file, link, fifo })
        {
            var name = node == file ? "user.x" : "trusted.x";
            Ok(session.Call(Opcode.Setxattr, node, [.. Bytes(new SetxattrIn { ValueLength = 5 }), .. Bytes(default(SetxattrMore)), .. Name(name), .. "value"u8]));
            Assert.Equal(5u, Ok(session.Call(Opcode.Getxattr, node, [.. Bytes(default(GetxattrIn)), .. Name(name)])).As<GetxattrOut>().Count);
            Assert.Equal("value"u8.ToArray(), Ok(session.Call(Opcode.Getxattr, node, [.. Bytes(new GetxattrIn { Count = 100 }), .. Name(name)])).Payload);
            Assert.Equal(Errno.ERANGE, session.Call(Opcode.Getxattr, node, [.. Bytes(new GetxattrIn { Count = 2 }), .. Name(name)]).Error);
            Assert.Contains(name, Encoding.UTF8.GetString(Ok(session.Call(Opcode.Listxattr, node, Bytes(new GetxattrIn { Count = 1000 }))).Payload));
            Ok(session.Call(Opcode.Removexattr, node, Name(name)));
            Assert.Equal(Errno.ENODATA, session.Call(Opcode.Getxattr, node, [.. Bytes(new GetxattrIn { Count = 9 }), .. Name(name)]).Error);
        }

        Assert.Equal(Errno.ENODATA, session.Call(Opcode.Getxattr, file, [.. Bytes(default(GetxattrIn)), .. Name("system.posix_acl_access")]).Error);
        Assert.Equal(Errno.E2BIG, session.Call(Opcode.Setxattr, file, [.. Bytes(new SetxattrIn { ValueLength = 70000 }), .. Bytes(default(SetxattrMore)), .. Name("user.x"), .. new byte[70000]]).Error);
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Setxattr, file, [.. Bytes(new SetxattrIn { ValueLength = 9 }), .. Bytes(default(SetxattrMore)), .. Name("user.x"), 1]).Error);
    });

    [Theory]
    [InlineData(Opcode.Readdir, 4096)]
    [InlineData(Opcode.Readdirplus, 4096)]
    [InlineData(Opcode.Readdir, 300)]
    [InlineData(Opcode.Readdirplus, 450)]
    [InlineData(Opcode.Readdirplus, 60000)]
    public void A_folder_is_listed_whole_and_once(object opcode, int size) => RunShared(session =>
    {
        for (var i = 0; i < 700; i++)
            File.WriteAllText(session.Host(new string('n', (i % 200) + 1) + i), "");
        var handle = session.Open(1, 0, directory: true);
        var names = new List<string>();
        ulong offset = 0;
        while (true)
        {
            var payload = Ok(session.Call((Opcode)opcode, 1, Bytes(new ReadIn { Handle = handle, Offset = offset, Count = (uint)size }))).Payload;
            if (payload.Length == 0)
                break;
            var plus = (Opcode)opcode == Opcode.Readdirplus ? EntryOut.Size : 0;
            for (var at = 0; at < payload.Length;)
            {
                var record = MemoryMarshal.Read<Dirent>(payload.AsSpan(at + plus));
                var name = Encoding.UTF8.GetString(payload, at + plus + Dirent.Size, (int)record.NameLength);
                if (plus > 0 && name[0] != '.')
                    Assert.Equal(record.Inode, MemoryMarshal.Read<EntryOut>(payload.AsSpan(at)).Attributes.Inode);
                offset = record.Offset;
                names.Add(name);
                at += plus + Dirent.Size + (((int)record.NameLength + 7) & ~7);
            }
        }

        var expected = Directory.GetFiles(session.Folder).Select(p => Path.GetFileName(p)!).Append(".").Append("..");
        Assert.Equal(expected.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(Errno.EINVAL, session.Call(Opcode.Readdir, 1, Bytes(new ReadIn { Handle = handle, Count = 16 })).Error);
    });

    [Fact]
    public void Forgetting_closes_and_over_forgetting_does_no_harm() => RunShared(session =>
    {
        File.WriteAllText(session.Host("f"), "");
        var first = session.Lookup(1, "f").NodeId;
        Assert.Equal(first, session.Lookup(1, "f").NodeId);
        Assert.Equal(2, session.Server.Counters.Inodes);
        Assert.Equal(0, session.Call(Opcode.Forget, first, Bytes(new ForgetIn { Lookups = 1 }), 0).Written);
        Ok(session.Call(Opcode.Getattr, first, Bytes(default(GetattrIn))));
        byte[] batch = [.. Bytes(new BatchForgetIn { Count = 1000 }), .. Bytes(new ForgetOne { NodeId = first, Lookups = ulong.MaxValue }), .. Bytes(new ForgetOne { NodeId = 99, Lookups = 1 })];
        Assert.Equal(0, session.Call(Opcode.BatchForget, 0, batch, 0).Written);
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Getattr, first, Bytes(default(GetattrIn))).Error);
        Assert.Equal(1, session.Server.Counters.Inodes);
        session.Call(Opcode.Forget, 1, Bytes(new ForgetIn { Lookups = ulong.MaxValue }), 0);
        var second = session.Lookup(1, "f").NodeId;
        Assert.NotEqual(first, second);
    });

    [Fact]
    public void Statfs_and_access() => RunShared(session =>
    {
        var statfs = Ok(session.Call(Opcode.Statfs, 1, [])).As<StatfsOut>();
        Assert.Equal(255u, statfs.NameLength);
        Assert.True(statfs.Blocks > 0);
        var node = session.Create(1, "f", mode: 0x180).Entry.NodeId;
        Ok(session.Call(Opcode.Access, node, Bytes(new AccessIn { Mask = 6 })));
        Assert.Equal(Errno.EACCES, session.Call(Opcode.Access, node, Bytes(new AccessIn { Mask = 1 })).Error);
        session.Uid = 1000;
        Assert.Equal(Errno.EACCES, session.Call(Opcode.Access, node, Bytes(new AccessIn { Mask = 4 })).Error);
    });

    private static unsafe void RemoveOrReplace(string folder, string link, string other)
    {
        fixed (byte* folderName = Name(folder), linkName = Name(link), otherName = Name(other))
        {
            if (Unistd.unlinkat(Fcntl.AT_FDCWD, folderName, Fcntl.AT_REMOVEDIR) == 0)
                _ = Unistd.linkat(Fcntl.AT_FDCWD, otherName, Fcntl.AT_FDCWD, folderName, 0);
            _ = Unistd.unlinkat(Fcntl.AT_FDCWD, folderName, 0);
            _ = Unistd.unlinkat(Fcntl.AT_FDCWD, linkName, 0);
        }
    }
}
