using System.IO;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class NameTests
{
    private const uint NoReplace = 1;
    private const uint Exchange = 2;
    private const uint Whiteout = 4;

    [Theory, EachBacking]
    public void A_folder_is_made_and_removed(Backing backing)
    {
        using var share = new Share(backing);

        var folder = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value;
        Assert.Equal(0x41EDu, folder.Attr.Mode);
        Assert.True(Directory.Exists(share.At("d")));
        Assert.Equal(Errno.EEXIST, share.Fuse.Mkdir(share.Root, "d", 0x1ED).Errno);
        share.Put("d/f", "");
        Assert.Equal(Errno.ENOTEMPTY, share.Fuse.Rmdir(share.Root, "d"));
        Assert.Equal(Errno.ENOTDIR, share.Fuse.Rmdir(folder.NodeId, "f"));
        Assert.Equal(Errno.None, share.Fuse.Unlink(folder.NodeId, "f"));
        Assert.Equal(Errno.None, share.Fuse.Rmdir(share.Root, "d"));
        Assert.False(Directory.Exists(share.At("d")));
        Assert.Equal(Errno.ENOENT, share.Fuse.Rmdir(share.Root, "d"));
        // ESTALE where the daemon keeps file handles: the folder is gone for good.
        Assert.Contains(share.Fuse.Mkdir(folder.NodeId, "x", 0x1ED).Errno, new[] { Errno.ENOENT, Errno.ESTALE });
    }

    [Theory, EachBacking]
    public void UNLINK_removes_a_name_but_no_folder(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        Directory.CreateDirectory(share.At("d"));

        Assert.Equal(Errno.None, share.Fuse.Unlink(share.Root, "a"));
        Assert.False(Host.Exists(share.At("a")));
        Assert.Equal(Errno.ENOENT, share.Fuse.Unlink(share.Root, "a"));
        Assert.Equal(Errno.EISDIR, share.Fuse.Unlink(share.Root, "d"));
        Assert.True(Directory.Exists(share.At("d")));
    }

    [Theory, EachBacking]
    public void MKNOD_makes_files_of_each_type(Backing backing)
    {
        using var share = new Share(backing);

        foreach (var (name, mode, device) in new[] { ("reg", 0x81A4u, 0u), ("fifo", 0x1180u, 0u), ("sock", 0xC180u, 0u), ("chr", 0x2180u, 0x103u), ("blk", 0x6180u, 0x701u) })
        {
            var entry = share.Fuse.Mknod(share.Root, name, mode, device).Value;
            Assert.Equal(mode, entry.Attr.Mode);
            Assert.Equal(device, entry.Attr.Rdev);
            var host = Host.Stat(share.At(name));
            Assert.Equal(mode, (uint)host.Mode);
            Assert.Equal((device >> 8, device & 0xFF), (host.RdevMajor, host.RdevMinor));
        }

        Assert.Equal(Errno.EEXIST, share.Fuse.Mknod(share.Root, "reg", 0x81A4).Errno);
    }

    [Theory, EachBacking]
    public void A_symbolic_link_is_made_and_read(Backing backing)
    {
        using var share = new Share(backing);
        var target = "../" + new string('t', 1000);

        var link = share.Fuse.Symlink(share.Root, "l", target).Value;

        Assert.Equal(0xA1FFu, link.Attr.Mode);
        Assert.Equal(target, new FileInfo(share.At("l")).LinkTarget);
        Assert.Equal(target, share.Fuse.Readlink(link.NodeId).Value);
        Assert.Equal(Errno.EEXIST, share.Fuse.Symlink(share.Root, "l", "x").Errno);
        // readlinkat(2) with an empty path says ENOENT where readlink(2) says EINVAL; no guest asks.
        Assert.Contains(share.Fuse.Readlink(share.Root).Errno, new[] { Errno.EINVAL, Errno.ENOENT });
    }

    [Theory, EachBacking]
    public void LINK_refuses_folders_and_names_in_use(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        var file = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var folder = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;

        Assert.Equal(Errno.EPERM, share.Fuse.Link(folder, share.Root, "d2").Errno);
        Assert.Equal(Errno.EEXIST, share.Fuse.Link(file, share.Root, "d").Errno);
        Assert.Equal(Errno.ENOTDIR, share.Fuse.Link(file, file, "x").Errno);
        Assert.Equal(Errno.None, share.Fuse.Link(file, folder, "b").Errno);
        Assert.Equal(2u, Host.Stat(share.At("d/b")).Links);
    }

    [Theory, EachBacking]
    public void A_link_to_a_symbolic_link_is_to_itself(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        var link = share.Fuse.Symlink(share.Root, "l", "a").Value.NodeId;

        _ = share.Fuse.Link(link, share.Root, "m").Value;

        Assert.Equal("a", new FileInfo(share.At("m")).LinkTarget);
    }

    [Theory, EachBacking]
    public void RENAME_moves_and_replaces(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "A");
        share.Put("b", "B");
        var folder = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        Assert.Equal(Errno.None, share.Fuse.Rename2(share.Root, "a", share.Root, "b", 0));
        Assert.Equal("A", File.ReadAllText(share.At("b")));
        Assert.False(Host.Exists(share.At("a")));
        Assert.Equal(Errno.None, share.Fuse.Rename(share.Root, "b", folder, "c"));
        Assert.Equal("A", File.ReadAllText(share.At("d/c")));
        Assert.Equal(node, share.Fuse.Lookup(folder, "c").Value.NodeId);
        Assert.Equal(Errno.ENOENT, share.Fuse.Rename2(share.Root, "a", share.Root, "x", 0));
    }

    [Theory, EachBacking]
    public void RENAME2_obeys_its_flags(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "A");
        share.Put("b", "B");

        Assert.Equal(Errno.EEXIST, share.Fuse.Rename2(share.Root, "a", share.Root, "b", NoReplace));
        Assert.Equal("B", File.ReadAllText(share.At("b")));
        Assert.Equal(Errno.None, share.Fuse.Rename2(share.Root, "a", share.Root, "b", Exchange));
        Assert.Equal("A", File.ReadAllText(share.At("b")));
        Assert.Equal("B", File.ReadAllText(share.At("a")));
        Assert.Equal(Errno.ENOENT, share.Fuse.Rename2(share.Root, "a", share.Root, "none", Exchange));
        Assert.Equal(Errno.EINVAL, share.Fuse.Rename2(share.Root, "a", share.Root, "c", NoReplace | Exchange));
        Assert.Equal(Errno.EINVAL, share.Fuse.Rename2(share.Root, "a", share.Root, "c", 0x80));
        Assert.Equal(Errno.None, share.Fuse.Rename2(share.Root, "a", share.Root, "c", Whiteout));
        Assert.Equal(0x2000u, (uint)Host.Stat(share.At("a")).Mode & 0xF000);
    }

    [Theory, EachBacking]
    public void RENAME_refuses_what_does_not_fit(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("f", "");
        Directory.CreateDirectory(share.At("full/sub"));
        Directory.CreateDirectory(share.At("empty"));
        var full = share.Fuse.Lookup(share.Root, "full").Value.NodeId;

        Assert.Equal(Errno.ENOTEMPTY, share.Fuse.Rename2(share.Root, "empty", share.Root, "full", 0));
        Assert.Equal(Errno.EISDIR, share.Fuse.Rename2(share.Root, "f", share.Root, "empty", 0));
        Assert.Equal(Errno.ENOTDIR, share.Fuse.Rename2(share.Root, "empty", share.Root, "f", 0));
        Assert.Equal(Errno.EINVAL, share.Fuse.Rename2(share.Root, "full", full, "sub2", 0));
        Assert.Equal(Errno.None, share.Fuse.Rename2(share.Root, "full", share.Root, "empty", 0));
    }

    [Theory, EachBacking]
    public void A_name_of_255_bytes_works_and_any_bytes_do(Backing backing)
    {
        using var share = new Share(backing);
        var longest = new string('n', 255);

        Assert.Equal(Errno.None, share.Fuse.Create(share.Root, longest, Fcntl.O_RDWR, 0x81A4).Errno);
        Assert.True(Host.Exists(share.At(longest)));
        Assert.Equal(Errno.None, share.Fuse.Mkdir(share.Root, "ünï\ncode \u0001", 0x1ED).Errno);
        Assert.True(Host.Exists(share.At("ünï\ncode \u0001")));
        Assert.Equal(Errno.None, share.Fuse.Mkdir(share.Root, "...", 0x1ED).Errno);
    }
}
