using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Operations;

public sealed class FolderTests
{
    [Theory, EachBacking]
    public void READDIR_lists_names_with_inode_and_type(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("file", "");
        Directory.CreateDirectory(share.At("folder"));
        File.CreateSymbolicLink(share.At("link"), "x");
        _ = share.Fuse.Mknod(share.Root, "fifo", 0x1180).Value;
        var fh = share.Fuse.OpenDir(share.Root).Value.Fh;

        var names = ReadAll(share.Fuse, share.Root, fh, 4096, plus: false);

        Assert.Equal([".", "..", "fifo", "file", "folder", "link"], names.Select(n => n.Name).Order(System.StringComparer.Ordinal));
        Assert.Equal(
            [("fifo", 1u), ("file", 8u), ("folder", 4u), ("link", 10u)],
            names.Where(n => n.Name[0] != '.').Select(n => (n.Name, n.Type)).OrderBy(n => n.Name));
        foreach (var name in names.Where(n => n.Name[0] != '.'))
            Assert.Equal(Host.Stat(share.At(name.Name)).Inode, name.Ino);
        Assert.Equal(Errno.None, share.Fuse.FsyncDir(share.Root, fh));
        Assert.Equal(Errno.None, share.Fuse.ReleaseDir(share.Root, fh));
        Assert.Equal(Errno.EBADF, share.Fuse.ReadDir(share.Root, fh, 0, 4096).Errno);
    }

    [Theory, EachBacking]
    public void Ten_thousand_names_come_once_each_in_any_chunk_size(Backing backing)
    {
        using var share = new Share(backing);
        Directory.CreateDirectory(share.At("d"));
        var expected = Enumerable.Range(0, 10_000).Select(i => $"name-{i}-{new string('x', i % 50)}").ToHashSet();
        foreach (var name in expected)
            File.Create(share.At("d/" + name)).Dispose();
        var node = share.Fuse.Lookup(share.Root, "d").Value.NodeId;

        foreach (var (size, plus) in new[] { (4096u, false), (100_003u, false), (4096u, true), (1u << 20, true) })
        {
            var fh = share.Fuse.OpenDir(node).Value.Fh;
            var names = ReadAll(share.Fuse, node, fh, size, plus);
            Assert.Equal(10_002, names.Count);
            Assert.True(expected.SetEquals(names.Where(n => n.Name is not ("." or "..")).Select(n => n.Name)));
            Assert.Equal(Errno.None, share.Fuse.ReleaseDir(node, fh));
        }
    }

    [Theory, EachBacking]
    public void Reading_goes_on_from_any_offset(Backing backing)
    {
        using var share = new Share(backing);
        for (var i = 0; i < 100; i++)
            share.Put($"f{i}", "");
        var fh = share.Fuse.OpenDir(share.Root).Value.Fh;
        var all = ReadAll(share.Fuse, share.Root, fh, 65536, plus: false);

        // Backwards, so that no position that the daemon remembers can help.
        for (var i = all.Count - 1; i >= 0; i -= 7)
        {
            var rest = share.Fuse.ReadDir(share.Root, fh, all[i].Offset, 65536).Value;
            Assert.Equal(all.Skip(i + 1).Select(n => n.Name), rest.Select(n => n.Name));
        }

        Assert.Equal(all.Select(n => n.Name), ReadAll(share.Fuse, share.Root, fh, 65536, plus: false).Select(n => n.Name));
    }

    [Theory, EachBacking]
    public void READDIRPLUS_takes_a_reference_for_every_entry_but_the_dots(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "12345");
        Directory.CreateDirectory(share.At("d"));
        var fh = share.Fuse.OpenDir(share.Root).Value.Fh;

        var names = ReadAll(share.Fuse, share.Root, fh, 4096, plus: true).ToDictionary(n => n.Name);

        Assert.Equal(0UL, names["."].Entry!.NodeId);
        Assert.Equal(0UL, names[".."].Entry!.NodeId);
        var entry = names["a"].Entry!;
        Assert.Equal(5UL, entry.Attr.Size);
        Assert.Equal(entry.NodeId, share.Fuse.Lookup(share.Root, "a").Value.NodeId);
        share.Fuse.Forget(entry.NodeId, 1);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(entry.NodeId).Errno);
        share.Fuse.Forget(entry.NodeId, 1);
        Assert.NotEqual(Errno.None, share.Fuse.GetAttr(entry.NodeId).Errno);
    }

    [Theory, EachBacking]
    public void An_entry_that_did_not_fit_takes_no_reference(Backing backing)
    {
        using var share = new Share(backing);
        for (var i = 0; i < 40; i++)
            share.Put($"file-with-a-long-name-{i:00}", "");
        var fh = share.Fuse.OpenDir(share.Root).Value.Fh;
        var seen = share.Fuse.ReadDirPlus(share.Root, fh, 0, 1000).Value;
        Assert.InRange(seen.Count, 1, 6);

        foreach (var entry in seen.Where(n => n.Entry!.NodeId != 0))
            share.Fuse.Forget(entry.Entry!.NodeId, 1);

        foreach (var entry in seen.Where(n => n.Entry!.NodeId != 0))
            Assert.NotEqual(Errno.None, share.Fuse.GetAttr(entry.Entry!.NodeId).Errno);
    }

    [Theory, EachBacking]
    public void Names_that_stay_are_listed_once_while_others_come_and_go(Backing backing)
    {
        using var share = new Share(backing);
        for (var i = 0; i < 300; i++)
            share.Put($"stay{i}", "");
        for (var i = 0; i < 300; i++)
            share.Put($"go{i}", "");
        var fh = share.Fuse.OpenDir(share.Root).Value.Fh;
        var names = new List<string>();
        var offset = 0UL;
        for (var round = 0; ; round++)
        {
            var chunk = share.Fuse.ReadDir(share.Root, fh, offset, 4096).Value;
            if (chunk.Count == 0)
                break;
            names.AddRange(chunk.Select(n => n.Name));
            offset = chunk[^1].Offset;
            for (var i = 0; i < 30 && round < 10; i++)
            {
                File.Delete(share.At($"go{round * 30 + i}"));
                share.Put($"new{round * 30 + i}", "");
            }
        }

        Assert.Equal(300, names.Count(n => n.StartsWith("stay", System.StringComparison.Ordinal)));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Theory, EachBacking]
    public void A_file_is_not_opened_as_a_folder(Backing backing)
    {
        using var share = new Share(backing);
        share.Put("a", "");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        Assert.Equal(Errno.ENOTDIR, share.Fuse.OpenDir(node).Errno);
    }

    [Theory, EachBacking]
    public void A_folder_that_was_removed_reads_as_empty(Backing backing)
    {
        using var share = new Share(backing);
        var node = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;
        var fh = share.Fuse.OpenDir(node).Value.Fh;
        Assert.Equal(Errno.None, share.Fuse.Rmdir(share.Root, "d"));

        var result = share.Fuse.ReadDir(node, fh, 0, 4096);

        Assert.True(result.Errno == Errno.ENOENT || result.Value.All(n => n.Name is "." or ".."), result.Errno.ToString());
    }

    [Theory, EachBacking]
    public void A_folder_that_was_removed_while_it_is_read_has_an_end(Backing backing)
    {
        using var share = new Share(backing);
        var node = share.Fuse.Mkdir(share.Root, "d", 0x1ED).Value.NodeId;
        _ = share.Fuse.Mkdir(node, "a", 0x1ED).Value;
        var fh = share.Fuse.OpenDir(node).Value.Fh;
        var first = share.Fuse.ReadDir(node, fh, 0, 4096).Value;
        Assert.Equal(Errno.None, share.Fuse.Rmdir(node, "a"));
        Assert.Equal(Errno.None, share.Fuse.Rmdir(share.Root, "d"));

        var result = share.Fuse.ReadDir(node, fh, first[^1].Offset, 4096);

        Assert.True(result.Errno == Errno.ENOENT || result.Value.Count == 0, result.Errno.ToString());
    }

    internal static List<FuseDirEntry> ReadAll(FuseClient fuse, ulong node, ulong fh, uint size, bool plus)
    {
        var all = new List<FuseDirEntry>();
        var offset = 0UL;
        while (true)
        {
            var chunk = plus ? fuse.ReadDirPlus(node, fh, offset, size).Value : fuse.ReadDir(node, fh, offset, size).Value;
            if (chunk.Count == 0)
                return all;
            all.AddRange(chunk);
            offset = chunk[^1].Offset;
        }
    }
}
