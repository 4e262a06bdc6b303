using System;
using System.IO;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class FileTests
{
    [Theory, EachBacking]
    public void A_file_is_made_written_read_and_closed(Backing backing)
    {
        using var share = new Share(backing);

        var file = share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR | Fcntl.O_EXCL, 0x81A4).Value;
        Assert.Equal(3u, share.Fuse.Write(file.Entry.NodeId, file.Open.Fh, 0, "abc"u8).Value);
        Assert.Equal(2u, share.Fuse.Write(file.Entry.NodeId, file.Open.Fh, 5, "xy"u8).Value);

        Assert.Equal("abc\0\0xy"u8.ToArray(), share.HostBytes("a"));
        Assert.Equal("c\0\0"u8.ToArray(), share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 2, 3).Value);
        Assert.Equal("xy"u8.ToArray(), share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 5, 4096).Value);
        Assert.Empty(share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 7, 10).Value);
        Assert.Empty(share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 1 << 30, 10).Value);
        Assert.Equal(Errno.None, share.Fuse.Flush(file.Entry.NodeId, file.Open.Fh));
        Assert.Equal(Errno.None, share.Fuse.Fsync(file.Entry.NodeId, file.Open.Fh));
        Assert.Equal(Errno.None, share.Fuse.Fsync(file.Entry.NodeId, file.Open.Fh, dataOnly: true));
        Assert.Equal(Errno.None, share.Fuse.Release(file.Entry.NodeId, file.Open.Fh));
        Assert.Equal(Errno.EBADF, share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 0, 1).Errno);
        Assert.Equal(Errno.EBADF, share.Fuse.Release(file.Entry.NodeId, file.Open.Fh));
    }

    [Theory, EachBacking]
    public void CREATE_of_a_name_that_exists_opens_it_unless_it_must_be_new(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "old");

        Assert.Equal(Errno.EEXIST, share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR | Fcntl.O_EXCL | Fcntl.O_CREAT, 0x81A4).Errno);
        var file = share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR | Fcntl.O_CREAT, 0x81A4).Value;

        Assert.Equal("old"u8.ToArray(), share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, 0, 10).Value);
    }

    [Theory, EachBacking]
    public void CREATE_where_others_made_something_else_meanwhile(Backing backing)
    {
        using var share = new Share(backing);
        _ = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value;
        _ = share.Fuse.Mknod(share.Root, "p", 0x11A4).Value;

        Assert.Equal(Errno.EISDIR, share.Fuse.Create(share.Root, "d", Fcntl.O_RDWR | Fcntl.O_CREAT, 0x81A4).Errno);
        // The guest looks again and opens the fifo itself.
        Assert.Equal(Errno.ESTALE, share.Fuse.Create(share.Root, "p", Fcntl.O_RDWR | Fcntl.O_CREAT, 0x81A4).Errno);
    }

    [Theory, EachBacking]
    public void OPEN_respects_the_access_mode(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var reading = share.Fuse.Open(node, Fcntl.O_RDONLY).Value.Fh;
        var writing = share.Fuse.Open(node, Fcntl.O_WRONLY).Value.Fh;

        Assert.Equal(Errno.EBADF, share.Fuse.Write(node, reading, 0, "y"u8).Errno);
        Assert.Equal(Errno.EBADF, share.Fuse.Read(node, writing, 0, 1).Errno);
        Assert.Equal("x"u8.ToArray(), share.HostBytes("a"));
    }

    [Theory, EachBacking]
    public void OPEN_with_O_TRUNC_empties_the_file(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "content");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        _ = share.Fuse.Open(node, Fcntl.O_WRONLY | Fcntl.O_TRUNC).Value;

        Assert.Equal(0UL, Host.Stat(share.At("a")).Size);
    }

    [Theory, EachBacking]
    public void A_link_or_a_folder_cannot_be_opened_as_a_file(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("t", "secret");
        File.CreateSymbolicLink(share.At("l"), "t");
        Directory.CreateDirectory(share.At("d"));
        var link = share.Fuse.Lookup(share.Root, "l").Value.NodeId;
        var folder = share.Fuse.Lookup(share.Root, "d").Value.NodeId;

        Assert.Contains(share.Fuse.Open(link, Fcntl.O_RDONLY).Errno, new[] { Errno.ELOOP, Errno.EBADF });
        Assert.Equal(Errno.EISDIR, share.Fuse.Open(folder, Fcntl.O_RDWR).Errno);
    }

    [Theory, EachBacking]
    public void A_fifo_or_a_device_of_the_host_is_not_opened_by_the_daemon(Backing backing)
    {
        using var share = new Share(backing);
        var fifo = share.Fuse.Mknod(share.Root, "p", 0x11A4).Value.NodeId;

        // The guest's kernel opens these itself; a daemon that did would block for ever on the fifo.
        Assert.NotEqual(Errno.None, share.Fuse.Open(fifo, Fcntl.O_RDONLY).Errno);
    }

    [Theory, EachBacking]
    public void A_write_past_four_gibibytes_lands_there(Backing backing)
    {
        using var share = new Share(backing);
        var file = share.Fuse.Create(share.Root, "big", Fcntl.O_RDWR, 0x81A4).Value;
        const ulong offset = (5UL << 30) + 12345;

        Assert.Equal(4u, share.Fuse.Write(file.Entry.NodeId, file.Open.Fh, offset, "tail"u8).Value);

        Assert.Equal(offset + 4, Host.Stat(share.At("big")).Size);
        Assert.True(Host.Stat(share.At("big")).Blocks < 2048);
        Assert.Equal("\0\0tail"u8.ToArray(), share.Fuse.Read(file.Entry.NodeId, file.Open.Fh, offset - 2, 100).Value);
        Assert.Equal(offset + 4, share.Fuse.GetAttr(file.Entry.NodeId).Value.Attr.Size);
        using var host = File.OpenRead(share.At("big"));
        host.Position = (long)offset;
        Assert.Equal('t', host.ReadByte());
    }

    [Theory]
    [InlineData(Backing.Ext4, true, new[] { 40, int.MaxValue }, new[] { 16, int.MaxValue })]
    [InlineData(Backing.Ext4, true, new[] { 7, 33, 1, 39, 4093, 8191, 5 * 4096 - 1 }, new[] { 5, 11, 1, 4095, 3, 8193 })]
    [InlineData(Backing.Tmpfs, true, new[] { 81, 4096 }, new[] { 17, 4096 })]
    [InlineData(Backing.Tmpfs, false, new[] { 1, 1, 1, 36, 2, 65537 }, new[] { 1, 15, 511, 65535 })]
    public void A_mebibyte_goes_through_in_pieces_of_any_size(Backing backing, bool indirect, int[] readable, int[] writable)
    {
        var features = new FrontEndOptions().Features & ~(indirect ? 0 : VirtioFeatures.IndirectDescriptors);
        using var share = new Share(backing, new() { FrontEnd = new() { QueueSize = 1024, Features = features } });
        Assert.True(share.Fuse.Session.Init!.MaxWrite >= 1 << 20, $"max_write is {share.Fuse.Session.Init.MaxWrite}");
        var fuse = share.Fuse with { ReadableSizes = readable, WritableSizes = writable };
        var data = new byte[1 << 20];
        new Random(1).NextBytes(data);
        var file = fuse.Create(share.Root, "a", Fcntl.O_RDWR, 0x81A4).Value;

        Assert.Equal(1u << 20, fuse.Write(file.Entry.NodeId, file.Open.Fh, 3, data).Value);

        Assert.True(share.HostBytes("a").AsSpan(3).SequenceEqual(data));
        Assert.True(fuse.Read(file.Entry.NodeId, file.Open.Fh, 3, 1 << 20).Value.AsSpan().SequenceEqual(data));
        Assert.True(fuse.Read(file.Entry.NodeId, file.Open.Fh, 1 << 19, 1 << 20).Value.AsSpan().SequenceEqual(data.AsSpan((1 << 19) - 3)));
    }

    [Theory, EachBacking]
    public void O_APPEND_writes_go_where_the_guest_says(Backing backing)
    {
        using var share = new Share(backing, new() { InitFlags = InitFlags.LinuxGuest });
        share.Put("a", "12345");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR | Fcntl.O_APPEND).Value.Fh;

        // With writeback the guest computes the offset and may write any page; without, both places are the end.
        Assert.Equal(1u, share.Fuse.Write(node, fh, 5, "6"u8).Value);

        Assert.Equal("123456", File.ReadAllText(share.At("a")));
    }

    [Theory, EachBacking]
    public void A_write_with_the_kill_flag_takes_the_set_id_bits_and_one_without_leaves_them(Backing backing)
    {
        using var share = new Share(backing);
        foreach (var (name, flag) in new[] { ("kill", FuseValues.WriteKillSuidGid), ("keep", 0u) })
        {
            share.Put(name, "x");
            Host.Chmod(share.At(name), 0xDED);
            var node = share.Fuse.Lookup(share.Root, name).Value.NodeId;
            var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
            _ = share.Fuse.Write(node, fh, 0, "y"u8, flag).Value;
        }

        // A daemon that did not take KILLPRIV_V2 leaves it all to the guest, which then sends SETATTR.
        var kills = share.Fuse.Session.Init!.Flags.HasFlag(InitFlags.HandleKillPrivV2);
        Assert.Equal(kills ? 0x1EDu : 0xDEDu, Host.Mode(share.At("kill")));
        Assert.Equal(0xDEDu, Host.Mode(share.At("keep")));
    }

    [Theory, EachBacking]
    public void Truncation_with_the_kill_flag_takes_the_set_id_bits(Backing backing)
    {
        using var share = new Share(backing);
        foreach (var name in new[] { "setattr", "open" })
        {
            share.Put(name, "x");
            Host.Chmod(share.At(name), 0xDED);
        }

        var cut = share.Fuse.Lookup(share.Root, "setattr").Value.NodeId;
        var opened = share.Fuse.Lookup(share.Root, "open").Value.NodeId;
        _ = share.Fuse.SetAttr(cut, new(SetAttrValid.Size | SetAttrValid.KillSuidGid)).Value;
        _ = share.Fuse.Open(opened, Fcntl.O_WRONLY | Fcntl.O_TRUNC, FuseValues.OpenKillSuidGid).Value;

        var expected = share.Fuse.Session.Init!.Flags.HasFlag(InitFlags.HandleKillPrivV2) ? 0x1EDu : 0xDEDu;
        Assert.Equal(new[] { expected, expected }, new[] { "setattr", "open" }.Select(n => Host.Mode(share.At(n))));
    }
}
