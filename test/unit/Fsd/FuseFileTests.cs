using System.IO;
using System.Linq;
using System.Text;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd;

/// <summary>Open files: data, sizes, space.</summary>
public class FuseFileTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void What_is_written_is_read_back_however_the_memory_is_split(int split) => RunShared(session =>
    {
        session.Split = split;
        var file = session.Create(1, "f");
        var data = Enumerable.Range(0, 10_000).Select(i => (byte)(i * 7)).ToArray();
        Assert.Equal(10_000u, Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, data)).As<WriteOut>().Count);
        Assert.Equal(data, File.ReadAllBytes(session.Host("f")));
        Assert.Equal(data[5000..], Ok(session.Read(file.Entry.NodeId, file.Open.Handle, 5000, 8192)).Payload);
        Assert.Empty(Ok(session.Read(file.Entry.NodeId, file.Open.Handle, 10_000, 8192)).Payload);
    });

    [Fact]
    public void A_write_takes_no_more_than_its_size() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        var arguments = Bytes(new WriteIn { Handle = file.Open.Handle, Count = 4 });
        Ok(session.Call(Opcode.Write, file.Entry.NodeId, [.. arguments, .. "0123456789"u8]));
        Assert.Equal("0123", File.ReadAllText(session.Host("f")));
    });

    [Fact]
    public void Offsets_past_the_end_of_64_bits_are_refused() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        var (node, handle) = (file.Entry.NodeId, file.Open.Handle);
        foreach (var offset in new[] { ulong.MaxValue, 1UL << 63, (ulong)long.MaxValue - 10 })
        {
            Assert.Equal(Errno.EINVAL, session.Read(node, handle, offset, 4096).Error);
            Assert.Equal(Errno.EINVAL, session.Write(node, handle, offset, new byte[4096]).Error);
            Assert.Equal(Errno.EINVAL, session.Call(Opcode.Fallocate, node, Bytes(new FallocateIn { Handle = handle, Offset = offset, Count = 4096 })).Error);
        }

        Assert.Equal(Errno.EINVAL, session.Read(node, handle, 0, uint.MaxValue, 4096).Error);
        Assert.Equal(Errno.EINVAL, session.Read(node, handle, 0, 4096, room: 100).Error);
        Assert.Equal(Errno.ENXIO, session.Call(Opcode.Lseek, node, Bytes(new LseekIn { Handle = handle, Offset = 1UL << 63, Whence = 3 })).Error);
    });

    [Fact]
    public void Handles_are_checked() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        var other = session.Create(1, "g");
        var (node, handle) = (file.Entry.NodeId, file.Open.Handle);
        Assert.Equal(Errno.EBADF, session.Read(node, handle + 8, 0, 10).Error);
        Assert.Equal(Errno.EBADF, session.Read(other.Entry.NodeId, handle, 0, 10).Error);
        Assert.Equal(Errno.EBADF, session.Call(Opcode.Readdir, node, Bytes(new ReadIn { Handle = handle, Count = 4096 })).Error);
        Assert.Equal(Errno.EBADF, session.Call(Opcode.Releasedir, node, Bytes(new ReleaseIn { Handle = handle })).Error);
        Ok(session.Call(Opcode.Flush, node, Bytes(new FlushIn { Handle = handle })));
        Ok(session.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = handle })));
        Assert.Equal(Errno.EBADF, session.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = handle })).Error);
        Assert.Equal(Errno.EBADF, session.Read(node, handle, 0, 10).Error);
        Assert.Equal(Errno.EBADF, session.Call(Opcode.Fsync, node, Bytes(new FsyncIn { Handle = handle })).Error);
        Assert.Equal(1, session.Server.Counters.OpenFiles);
    });

    [Fact]
    public void Space_holes_and_copies() => RunShared(session =>
    {
        var source = session.Create(1, "f");
        var target = session.Create(1, "g");
        var (node, handle) = (source.Entry.NodeId, source.Open.Handle);
        Ok(session.Call(Opcode.Fallocate, node, Bytes(new FallocateIn { Handle = handle, Count = 1 << 20 })));
        Assert.Equal(1 << 20, new FileInfo(session.Host("f")).Length);
        Assert.Equal(Errno.EOPNOTSUPP, session.Call(Opcode.Fallocate, node, Bytes(new FallocateIn { Handle = handle, Count = 1, Mode = 1u << 20 })).Error);

        Ok(session.Call(Opcode.Setattr, node, Bytes(new SetattrIn { Valid = SetattrFlag.Size, FileSize = 0 })));
        Ok(session.Call(Opcode.Setattr, node, Bytes(new SetattrIn { Valid = SetattrFlag.Size | SetattrFlag.Handle, Handle = handle, FileSize = 1 << 20 })));
        Ok(session.Write(node, handle, 512 << 10, "data"u8.ToArray()));
        var found = Ok(session.Call(Opcode.Lseek, node, Bytes(new LseekIn { Handle = handle, Whence = Unistd.SEEK_DATA }))).As<LseekOut>();
        Assert.Equal(512UL << 10, found.Offset);

        var copy = new CopyFileRangeIn
        {
            SourceHandle = handle,
            SourceOffset = 512 << 10,
            TargetHandle = target.Open.Handle,
            TargetNodeId = target.Entry.NodeId,
            Count = 4,
        };
        Assert.Equal(4u, Ok(session.Call(Opcode.CopyFileRange, node, Bytes(copy))).As<WriteOut>().Count);
        copy.TargetOffset = 4;
        Assert.Equal(4ul, Ok(session.Call(Opcode.CopyFileRange64, node, Bytes(copy))).As<CopyFileRangeOut>().Count);
        Assert.Equal("datadata", File.ReadAllText(session.Host("g")));
    });

    [Fact]
    public void Syncing_is_answered_later() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        var (node, handle) = (file.Entry.NodeId, file.Open.Handle);
        for (var i = 0; i < 20; i++)
            Ok(session.Call(Opcode.Fsync, node, Bytes(new FsyncIn { Handle = handle, Flags = (uint)i & 1 })));
        var directory = session.Open(1, 0, directory: true);
        Ok(session.Call(Opcode.Fsyncdir, 1, Bytes(new FsyncIn { Handle = directory })));
        Ok(session.Call(Opcode.Syncfs, 1, Bytes(default(SyncfsIn))));
    });

    [Fact]
    public void Set_id_bits_go_when_the_guest_asks_for_it() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        var (node, handle) = (file.Entry.NodeId, file.Open.Handle);
        void SetBits() => Ok(session.Call(Opcode.Setattr, node, Bytes(new SetattrIn { Valid = SetattrFlag.Mode, Mode = 0xded })));
        uint Mode() => Ok(session.Call(Opcode.Getattr, node, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes.Mode & 0xfff;

        SetBits();
        Ok(session.Write(node, handle, 0, [1]));
        Assert.Equal(0xdedu, Mode());
        Ok(session.Write(node, handle, 0, [1], WireFlag.WriteKillSuidGid));
        Assert.Equal(0x1edu, Mode());
        SetBits();
        Ok(session.Call(Opcode.Setattr, node, Bytes(new SetattrIn { Valid = SetattrFlag.Size | SetattrFlag.KillSuidGid, FileSize = 5 })));
        Assert.Equal(0x1edu, Mode());
        SetBits();
        Ok(session.Call(Opcode.Open, node, Bytes(new OpenIn { Flags = Fcntl.O_WRONLY | Fcntl.O_TRUNC, OpenFlags = WireFlag.OpenKillSuidGid })));
        Assert.Equal(0x1edu, Mode());
        SetBits();
        Ok(session.Write(node, handle, 0, [1]));
        Assert.Equal(0xdedu, Mode());
    });

    [Fact]
    public void Only_regular_files_are_opened() => RunShared(session =>
    {
        Assert.Equal(0, SysStat.mkfifo(session.Host("fifo"), 0x1ff));
        File.CreateSymbolicLink(session.Host("link"), "/etc/passwd");
        Assert.Equal(Errno.ENXIO, session.Call(Opcode.Open, session.Lookup(1, "fifo").NodeId, Bytes(default(OpenIn))).Error);
        Assert.Equal(Errno.ELOOP, session.Call(Opcode.Open, session.Lookup(1, "link").NodeId, Bytes(default(OpenIn))).Error);
        Assert.Equal(Errno.EISDIR, session.Call(Opcode.Open, 1, Bytes(default(OpenIn))).Error);
        var create = Bytes(new CreateIn { Flags = Fcntl.O_WRONLY, Mode = 0x1a4 });
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Create, 1, [.. create, .. Name("fifo")]).Error);
        Assert.Equal(Errno.ESTALE, session.Call(Opcode.Create, 1, [.. create, .. Name("link")]).Error);
    });

    [Fact]
    public void A_removed_file_lives_on_while_it_is_open() => RunShared(session =>
    {
        var file = session.Create(1, "f");
        Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, Encoding.ASCII.GetBytes("still")));
        Ok(session.Call(Opcode.Unlink, 1, Name("f")));
        Assert.Equal("still"u8.ToArray(), Ok(session.Read(file.Entry.NodeId, file.Open.Handle, 0, 100)).Payload);
        var again = session.Open(file.Entry.NodeId, Fcntl.O_RDONLY);
        Assert.Equal("still"u8.ToArray(), Ok(session.Read(file.Entry.NodeId, again, 0, 100)).Payload);
        Assert.Equal(0u, Ok(session.Call(Opcode.Getattr, file.Entry.NodeId, Bytes(default(GetattrIn)))).As<AttrOut>().Attributes.Links);
    });

    [Fact]
    public void A_temporary_file_gets_a_name_by_link() => RunShared(session =>
    {
        var reply = session.Call(Opcode.Tmpfile, 1, [.. Bytes(new CreateIn { Flags = Fcntl.O_RDWR | Fcntl.O_TMPFILE, Mode = 0x180 }), .. Name("/")]);
        var file = Ok(reply).As<CreateOut>();
        Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, [1, 2, 3]));
        Ok(session.Call(Opcode.Link, 1, [.. Bytes(new LinkIn { OldNodeId = file.Entry.NodeId }), .. Name("named")]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(session.Host("named")));
    });

    [Fact]
    public void A_single_file_can_be_an_export() => RunShared(outer =>
    {
        File.WriteAllText(outer.Host("resolv.conf"), "nameserver");
        using var server = new FuseServer(ServingOptions.ForExports);
        server.AddExport("file", new ExportPolicy(CoherencyClass.Shared, ReadOnly: false), FuseSession.Open(outer.Host("resolv.conf")));
        outer.With(server, session =>
        {
            Ok(session.Init());
            var entry = session.Lookup(1, "file");
            Assert.Equal(SysStat.S_IFREG, entry.Attributes.Mode & SysStat.S_IFMT);
            Assert.Equal(0u, entry.Attributes.Flags);
            var handle = session.Open(entry.NodeId, Fcntl.O_RDWR | Fcntl.O_TRUNC);
            Ok(session.Write(entry.NodeId, handle, 0, "hello"u8.ToArray()));
            Assert.Equal("hello", File.ReadAllText(outer.Host("resolv.conf")));
            Assert.Equal(Errno.ENOTDIR, session.Call(Opcode.Lookup, entry.NodeId, Name("x")).Error);
        });
    });
}
