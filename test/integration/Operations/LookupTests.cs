using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class LookupTests
{
    [Theory, EachBacking]
    public void A_file_of_the_host_is_found_with_its_attributes(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "hello");
        Host.Chmod(share.At("a"), 0xD21);
        Host.Chown(share.At("a"), 1234, 2345);
        Host.Chmod(share.At("a"), 0x9A4);

        var entry = share.Fuse.Lookup(share.Root, "a").Value;

        var host = Host.Stat(share.At("a"));
        Assert.NotEqual(0UL, entry.NodeId);
        Assert.NotEqual(share.Root, entry.NodeId);
        Assert.Equal(host.Inode, entry.Attr.Ino);
        Assert.Equal(5UL, entry.Attr.Size);
        Assert.Equal(host.Blocks, entry.Attr.Blocks);
        Assert.Equal((uint)host.Mode, entry.Attr.Mode);
        Assert.Equal((1234u, 2345u), (entry.Attr.Uid, entry.Attr.Gid));
        Assert.Equal(1u, entry.Attr.Nlink);
        Assert.Equal(host.ModifyTime.Seconds, entry.Attr.Mtime.ToUnixTimeSeconds());
        Assert.Equal((host.AccessTime.Nanoseconds, host.ModifyTime.Nanoseconds, host.ChangeTime.Nanoseconds), entry.Attr.Nanoseconds);
    }

    [Theory, EachBacking]
    public void A_name_that_does_not_exist_is_ENOENT_or_a_negative_entry(Backing backing)
    {
        using var share = new Share(backing);

        var result = share.Fuse.Lookup(share.Root, "nothing");

        Assert.True(result.Errno == Errno.ENOENT || (result.Errno == Errno.None && result.Value.NodeId == 0), result.Errno.ToString());
    }

    [Theory, EachBacking]
    public void A_name_below_a_file_is_ENOTDIR(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        var file = share.Fuse.Lookup(share.Root, "a").Value;

        Assert.Equal(Errno.ENOTDIR, share.Fuse.Lookup(file.NodeId, "b").Errno);
    }

    [Theory, EachBacking]
    public void A_symbolic_link_is_found_and_never_followed(Backing backing)
    {
        using var share = new Share(backing);
        System.IO.File.CreateSymbolicLink(share.At("l"), "/etc");

        var entry = share.Fuse.Lookup(share.Root, "l").Value;

        Assert.Equal(0xA000u, entry.Attr.Mode & 0xF000);
        Assert.NotEqual(Errno.None, share.Fuse.Lookup(entry.NodeId, "passwd").Errno);
    }

    [Theory, EachBacking]
    public void A_node_lives_as_long_as_it_is_referenced(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var first = share.Fuse.Lookup(share.Root, "a").Value;
        var second = share.Fuse.Lookup(share.Root, "a").Value;
        Assert.Equal(first.NodeId, second.NodeId);

        share.Fuse.Forget(first.NodeId, 1);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(first.NodeId).Errno);

        share.Fuse.Forget(first.NodeId, 1);
        Assert.NotEqual(Errno.None, share.Fuse.GetAttr(first.NodeId).Errno);

        var third = share.Fuse.Lookup(share.Root, "a").Value;
        Assert.True(third.NodeId != first.NodeId || third.Generation != first.Generation || Published.VirtiofsdTree is not null,
            "a nodeid that comes back needs another generation");
    }

    [Theory, EachBacking]
    public void Batch_forget_gives_up_several_nodes(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        share.Put("b", "");
        var a = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var b = share.Fuse.Lookup(share.Root, "b").Value.NodeId;
        _ = share.Fuse.Lookup(share.Root, "b").Value;

        share.Fuse.BatchForget((a, 1UL), (b, 1UL));

        Assert.NotEqual(Errno.None, share.Fuse.GetAttr(a).Errno);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(b).Errno);
        share.Fuse.BatchForget((b, 1UL));
        Assert.NotEqual(Errno.None, share.Fuse.GetAttr(b).Errno);
    }

    [Theory, EachBacking]
    public void Hard_links_share_a_node(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "x");
        var a = share.Fuse.Lookup(share.Root, "a").Value;

        var b = share.Fuse.Link(a.NodeId, share.Root, "b").Value;

        Assert.Equal(a.NodeId, b.NodeId);
        Assert.Equal(2u, b.Attr.Nlink);
        Assert.Equal(a.NodeId, share.Fuse.Lookup(share.Root, "b").Value.NodeId);
        Assert.Equal(Host.Stat(share.At("a")).Inode, Host.Stat(share.At("b")).Inode);
    }
}
