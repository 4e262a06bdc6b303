using System;
using System.IO;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class AttributeTests
{
    [Theory, EachBacking]
    public void Changes_of_the_host_show_in_GETATTR(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        share.Put("a", "longer");
        Host.Chmod(share.At("a"), 0x100);

        var attr = share.Fuse.GetAttr(node).Value.Attr;

        Assert.Equal(6UL, attr.Size);
        Assert.Equal(0x8100u, attr.Mode);
    }

    [Theory, EachBacking]
    public void An_open_file_has_attributes_after_its_name_is_gone(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var fh = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
        Assert.Equal(Errno.None, share.Fuse.Unlink(share.Root, "a"));

        Assert.Equal(0u, share.Fuse.GetAttr(node, fh).Value.Attr.Nlink);
        Assert.Equal(0u, share.Fuse.GetAttr(node).Value.Attr.Nlink);
        Assert.Equal(9UL, share.Fuse.SetAttr(node, new(SetAttrValid.Size | SetAttrValid.Fh) { Fh = fh, Size = 9 }).Value.Attr.Size);
    }

    [Theory, EachBacking]
    public void The_mode_changes_on_the_host(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        var attr = share.Fuse.SetAttr(node, new(SetAttrValid.Mode) { Mode = 0x8000 | 0x9A0 }).Value.Attr;

        Assert.Equal(0x89A0u, attr.Mode);
        Assert.Equal(0x9A0u, Host.Mode(share.At("a")));
        _ = share.Fuse.SetAttr(share.Root, new(SetAttrValid.Mode) { Mode = 0x43FF }).Value;
        Assert.Equal(0x3FFu, Host.Mode(share.At("")));
    }

    // A guest keeps its pages when SETATTR tells the mtime that GETATTR tells later, though others wrote in between.
    [Theory, EachBacking]
    public void SETATTR_of_a_shared_file_tells_no_mtime_to_keep(Backing backing)
    {
        using var share = new Share(backing, new() { Coherency = CoherencyClass.Shared });
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        var told = share.Fuse.SetAttr(node, new(SetAttrValid.Mode) { Mode = 0x8180 }).Value;

        Assert.Equal(TimeSpan.Zero, told.Valid);
        Assert.Equal(0x8180u, told.Attr.Mode);
        Assert.NotEqual(share.Fuse.GetAttr(node).Value.Attr.Nanoseconds.Mtime, told.Attr.Nanoseconds.Mtime);
    }

    [Theory, EachBacking]
    public void Owner_and_group_change_each_for_itself(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Uid) { Uid = 77, Gid = 1 }).Value;
        Assert.Equal((77u, 0u), Owner(share.At("a")));
        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Gid) { Uid = 1, Gid = 88 }).Value;
        Assert.Equal((77u, 88u), Owner(share.At("a")));
    }

    [Theory, EachBacking]
    public void A_symbolic_link_itself_changes_its_owner(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("target", "x");
        File.CreateSymbolicLink(share.At("l"), "target");
        var node = share.Fuse.Lookup(share.Root, "l").Value.NodeId;

        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Uid | SetAttrValid.Gid) { Uid = 5, Gid = 6 }).Value;

        Assert.Equal((5u, 6u), Owner(share.At("l")));
        Assert.Equal((0u, 0u), Owner(share.At("target")));
    }

    [Theory, EachBacking]
    public void A_file_is_cut_and_extended(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "hello");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        Assert.Equal(2UL, share.Fuse.SetAttr(node, new(SetAttrValid.Size) { Size = 2 }).Value.Attr.Size);
        Assert.Equal("he"u8.ToArray(), share.HostBytes("a"));
        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Size) { Size = 4 }).Value;
        Assert.Equal("he\0\0"u8.ToArray(), share.HostBytes("a"));
        Assert.Equal(Errno.EISDIR, share.Fuse.SetAttr(share.Root, new(SetAttrValid.Size) { Size = 4 }).Errno);
    }

    [Theory, EachBacking]
    public void Times_are_set_to_the_nanosecond_and_to_now(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Atime | SetAttrValid.Mtime) { Atime = (1_000_000_001, 123_456_789), Mtime = (2_000_000_000, 1) }).Value;
        var host = Host.Stat(share.At("a"));
        Assert.Equal((1_000_000_001, 123_456_789u), (host.AccessTime.Seconds, host.AccessTime.Nanoseconds));
        Assert.Equal((2_000_000_000, 1u), (host.ModifyTime.Seconds, host.ModifyTime.Nanoseconds));

        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Mtime | SetAttrValid.MtimeNow)).Value;
        host = Host.Stat(share.At("a"));
        Assert.Equal(1_000_000_001, host.AccessTime.Seconds);
        Assert.InRange(host.ModifyTime.Seconds, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
    }

    [Theory, EachBacking]
    public void A_change_of_owner_takes_the_set_id_bits(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        Host.Chmod(share.At("a"), 0xDED);
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        _ = share.Fuse.SetAttr(node, new(SetAttrValid.Uid | SetAttrValid.Gid | SetAttrValid.KillSuidGid) { Uid = 5, Gid = 5 }).Value;

        Assert.Equal(0x1EDu, Host.Mode(share.At("a")));
    }

    [Theory, EachBacking]
    public void STATFS_gives_the_hosts_figures(Backing backing)
    {
        using var share = new Share(backing);

        var statfs = share.Fuse.StatFs(share.Root).Value;

        var drive = new DriveInfo(share.At(""));
        Assert.Equal(255u, statfs.NameLength);
        Assert.Equal((ulong)drive.TotalSize, statfs.Blocks * statfs.FragmentSize);
        Assert.InRange(statfs.BlocksAvailable, 1UL, statfs.Blocks);
    }

    [Theory, EachBacking]
    public void ACCESS_says_what_the_caller_may(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        Host.Chmod(share.At("a"), 0x1A0);
        Host.Chown(share.At("a"), 1000, 1000);
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        Assert.Equal(Errno.None, share.Fuse.Access(node, 0));
        Assert.Equal(Errno.None, share.Fuse.As(1000, 1000).Access(node, 6));
        Assert.Equal(Errno.EACCES, share.Fuse.As(1000, 1000).Access(node, 1));
        Assert.Equal(Errno.EACCES, share.Fuse.As(2000, 2000).Access(node, 2));
        Assert.Equal(Errno.None, share.Fuse.Access(node, 6));
        Assert.Equal(Errno.EACCES, share.Fuse.Access(node, 1));
    }

    private static (uint Uid, uint Gid) Owner(string path) => (Host.Stat(path).Uid, Host.Stat(path).Gid);
}
