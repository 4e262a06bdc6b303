using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Operations;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Exports;

public sealed class ExportTests
{
    [Fact]
    public async Task Exports_are_the_folders_of_the_root_and_submounts_of_the_guest()
    {
        using var share = new Share(Backing.Ext4);
        using var other = new BackingFolder(Backing.Tmpfs);
        await share.Fsd!.AddExportAsync("other", other.Location);

        var fh = share.Fuse.OpenDir(FuseValues.RootId).Value.Fh;
        var names = FolderTests.ReadAll(share.Fuse, FuseValues.RootId, fh, 4096, plus: false);
        Assert.Equal([".", "..", "e", "other"], names.Select(n => n.Name).Order(StringComparer.Ordinal));
        var plus = FolderTests.ReadAll(share.Fuse, FuseValues.RootId, fh, 4096, plus: true).Single(n => n.Name == "other");
        var entry = share.Fuse.Lookup(FuseValues.RootId, "other").Value;
        Assert.Equal(entry.NodeId, plus.Entry!.NodeId);
        Assert.True(entry.Attr.Flags.HasFlag(AttrFlags.Submount), "an export has to be a submount, with a device number of its own");
        Assert.Equal(0x4000u, entry.Attr.Mode & 0xF000);
        Assert.Equal(0x4000u, share.Fuse.GetAttr(FuseValues.RootId).Value.Attr.Mode & 0xF000);
        Assert.Equal(0UL, share.Fuse.Lookup(FuseValues.RootId, "none") is { Errno: Errno.None } none ? none.Value.NodeId : 0);
        Assert.NotEqual(Errno.None, share.Fuse.Lookup(entry.NodeId, "..").Errno);
    }

    [Fact]
    public void The_root_of_exports_cannot_be_changed()
    {
        using var share = new Share(Backing.Tmpfs);
        share.Put("a", "");
        var file = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        const ulong root = FuseValues.RootId;

        Errno[] results =
        [
            share.Fuse.Mkdir(root, "x", 0x1ED).Errno, share.Fuse.Create(root, "x", Fcntl.O_RDWR, 0x81A4).Errno,
            share.Fuse.Mknod(root, "x", 0x81A4).Errno, share.Fuse.Symlink(root, "x", "y").Errno,
            share.Fuse.Rmdir(root, "e"), share.Fuse.Unlink(root, "e"), share.Fuse.Rename2(root, "e", root, "f", 0),
            share.Fuse.SetAttr(root, new(SetAttrValid.Mode) { Mode = 0x41C0 }).Errno, share.Fuse.SetXattr(root, "user.a", "1"u8),
        ];
        Assert.All(results, errno => Assert.Contains(errno, new[] { Errno.EROFS, Errno.EPERM, Errno.EACCES, Errno.EBUSY, Errno.EXDEV, Errno.EOPNOTSUPP }));
        Assert.NotEqual(Errno.None, share.Fuse.Link(file, root, "x").Errno);
        Assert.NotEqual(Errno.None, share.Fuse.Rename2(share.Root, "a", root, "x", 0));
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        Assert.Equal(Errno.None, share.Fuse.StatFs(root).Errno);
        Assert.True(Directory.Exists(share.At("")));
    }

    [Fact]
    public async Task A_single_file_is_an_export()
    {
        using var share = new Share(Backing.Ext4);
        File.WriteAllText(share.Folder.Location + "/hosts", "127.0.0.1");
        await share.Fsd!.AddExportAsync("hosts", share.Folder.Location + "/hosts");

        var file = share.Fuse.Lookup(FuseValues.RootId, "hosts").Value;
        var fh = share.Fuse.Open(file.NodeId, Fcntl.O_RDWR).Value.Fh;

        Assert.Equal(0x8000u, file.Attr.Mode & 0xF000);
        Assert.Equal("127.0.0.1"u8.ToArray(), share.Fuse.Read(file.NodeId, fh, 0, 100).Value);
        Assert.Equal(3u, share.Fuse.Write(file.NodeId, fh, 9, " me"u8).Value);
        Assert.Equal("127.0.0.1 me", File.ReadAllText(share.Folder.Location + "/hosts"));
    }

    [Theory, EachBacking]
    public async Task A_removed_export_is_gone_with_all_its_descriptors(Backing backing)
    {
        using var share = new Share(Backing.Ext4);
        using var gone = new BackingFolder(backing);
        var folder = gone.Location + "/x";
        Directory.CreateDirectory(folder + "/sub");
        File.WriteAllText(folder + "/f", "data");
        await share.Fsd!.AddExportAsync("gone", folder);
        var root = share.Fuse.Lookup(FuseValues.RootId, "gone").Value.NodeId;
        var file = share.Fuse.Lookup(root, "f").Value.NodeId;
        var sub = share.Fuse.Lookup(root, "sub").Value.NodeId;
        var fh = share.Fuse.Open(file, Fcntl.O_RDWR).Value.Fh;
        var dh = share.Fuse.OpenDir(sub).Value.Fh;
        var device = Host.Stat(folder);
        Assert.NotEqual(0, DescriptorsOn(share.Process, device, root: folder));

        await share.Fsd.Control.RemoveExportAsync("gone");

        Assert.Equal(0, DescriptorsOn(share.Process, device, root: folder));
        foreach (var errno in new[]
        {
            share.Fuse.GetAttr(root).Errno, share.Fuse.GetAttr(file).Errno, share.Fuse.Lookup(root, "f").Errno, share.Fuse.Read(file, fh, 0, 1).Errno,
            share.Fuse.Write(file, fh, 0, "x"u8).Errno, share.Fuse.ReadDir(sub, dh, 0, 4096).Errno, share.Fuse.Open(file, Fcntl.O_RDONLY).Errno,
            share.Fuse.Mkdir(sub, "n", 0x1ED).Errno, share.Fuse.StatFs(root).Errno,
        })
        {
            Assert.Equal(Errno.ESTALE, errno);
        }

        // The guest gives up what it holds, as it does at its own pace; none of it may be an error that sticks.
        _ = share.Fuse.Release(file, fh);
        _ = share.Fuse.ReleaseDir(sub, dh);
        share.Fuse.BatchForget((file, 1UL), (sub, 1UL), (root, 1UL));
        Assert.Equal("data", File.ReadAllText(folder + "/f"));
        Assert.True(share.Fuse.Lookup(FuseValues.RootId, "gone") is { Errno: Errno.ENOENT } or { Errno: Errno.None, Answer.NodeId: 0 });
        await share.Fsd.AddExportAsync("gone", folder);
        var again = share.Fuse.Lookup(FuseValues.RootId, "gone").Value;
        Assert.Equal(4UL, share.Fuse.Lookup(again.NodeId, "f").Value.Attr.Size);
        Assert.Equal(Errno.ESTALE, share.Fuse.Read(file, fh, 0, 1).Errno);
        await share.Fsd.Control.RemoveExportAsync("gone");
    }

    [Fact]
    public async Task A_detached_overlay_is_an_export()
    {
        using var share = new Share(Backing.Ext4);
        foreach (var name in new[] { "lower", "upper", "work" })
            Directory.CreateDirectory($"{share.Folder.Location}/{name}");
        File.WriteAllText(share.Folder.Location + "/lower/a", "image");
        Host.Chown(share.Folder.Location + "/lower/a", 7, 8);
        using var context = DetachedMount.OpenFileSystem("overlay");
        DetachedMount.SetString(context, "lowerdir+", share.Folder.Location + "/lower");
        DetachedMount.SetString(context, "upperdir", share.Folder.Location + "/upper");
        DetachedMount.SetString(context, "workdir", share.Folder.Location + "/work");
        var before = File.ReadAllLines("/proc/self/mountinfo").Length;
        using (var mount = DetachedMount.Mount(context, 0))
            await share.Fsd!.Control.AddExportAsync("root", new ExportPolicy(CoherencyClass.Private, ReadOnly: false), mount);

        var root = share.Fuse.Lookup(FuseValues.RootId, "root").Value.NodeId;
        var a = share.Fuse.Lookup(root, "a").Value;
        var fh = share.Fuse.Open(a.NodeId, Fcntl.O_RDWR).Value.Fh;
        Assert.Equal(1u, share.Fuse.Write(a.NodeId, fh, 0, "I"u8).Value);
        Assert.Equal("Image", File.ReadAllText(share.Folder.Location + "/upper/a"));
        Assert.Equal("image", File.ReadAllText(share.Folder.Location + "/lower/a"));
        Assert.Equal(7u, Host.Stat(share.Folder.Location + "/upper/a").Uid);
        // After the copy up the node is the same, and what is open as well as what is opened shows the new content.
        Assert.Equal(a.NodeId, share.Fuse.Lookup(root, "a").Value.NodeId);
        var second = share.Fuse.Open(a.NodeId, Fcntl.O_RDONLY).Value.Fh;
        Assert.Equal("Image"u8.ToArray(), share.Fuse.Read(a.NodeId, second, 0, 9).Value);
        Assert.Equal(Errno.None, share.Fuse.Mkdir(root, "new", 0x1ED).Errno);
        Assert.True(Directory.Exists(share.Folder.Location + "/upper/new"));
        Assert.Equal(Errno.None, share.Fuse.Unlink(root, "a"));
        Assert.Equal(0x2000u, (uint)Host.Stat(share.Folder.Location + "/upper/a").Mode & 0xF000);
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo").Length);
        await share.Fsd.Control.RemoveExportAsync("root");
    }

    [Fact]
    public async Task Nothing_moves_between_exports()
    {
        using var share = new Share(Backing.Ext4);
        Directory.CreateDirectory(share.Folder.Location + "/second");
        await share.Fsd!.AddExportAsync("second", share.Folder.Location + "/second");
        share.Put("a", "x");
        var file = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var second = share.Fuse.Lookup(FuseValues.RootId, "second").Value.NodeId;

        Assert.Equal(Errno.EXDEV, share.Fuse.Link(file, second, "a").Errno);
        Assert.Equal(Errno.EXDEV, share.Fuse.Rename2(share.Root, "a", second, "a", 0));
        Assert.Equal(Errno.EXDEV, share.Fuse.Rename(share.Root, "a", second, "a"));
        Assert.Empty(Directory.GetFileSystemEntries(share.Folder.Location + "/second"));
    }

    [Theory]
    [InlineData(CoherencyClass.Static, 3600, int.MaxValue)]
    [InlineData(CoherencyClass.Private, 1, int.MaxValue)]
    [InlineData(CoherencyClass.Shared, 0, 0)]
    public void The_class_of_an_export_decides_how_long_the_guest_may_believe(CoherencyClass coherency, int least, int most)
    {
        using var share = new Share(Backing.Ext4, new() { Coherency = coherency });
        share.Put("a", "x");

        var entry = share.Fuse.Lookup(share.Root, "a").Value;
        var attr = share.Fuse.GetAttr(entry.NodeId).Value;

        foreach (var validity in new[] { entry.EntryValid, entry.AttrValid, attr.Valid })
            Assert.InRange(validity.TotalSeconds, least, most);
    }

    [Fact]
    public async Task Control_requests_that_make_no_sense_are_refused_and_harm_nothing()
    {
        using var share = new Share(Backing.Tmpfs);
        var fsd = share.Fsd!;

        Assert.Equal(Errno.EEXIST, await ErrnoOf(fsd.AddExportAsync("e", share.At(""))));
        foreach (var name in new[] { "", ".", "..", "a/b", new string('n', 256) })
            Assert.Equal(Errno.EINVAL, await ErrnoOf(fsd.AddExportAsync(name, share.At(""))));
        Assert.Equal(Errno.ENOENT, await ErrnoOf(fsd.Control.RemoveExportAsync("none")));
        await fsd.Control.PingAsync();
        var status = await fsd.Control.GetStatusAsync();
        Assert.Equal(1, status.Exports);
        Assert.True(status.Requests > 0 && status.Inodes > 0, status.ToString());
        Assert.Contains(status.WorkerPid, share.Process.Processes());
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public async Task Counters_follow_what_the_guest_holds()
    {
        using var share = new Share(Backing.Tmpfs);
        var before = await share.Fsd!.Control.GetStatusAsync();
        var file = share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR, 0x81A4).Value;

        var during = await share.Fsd.Control.GetStatusAsync();
        _ = share.Fuse.Release(file.Entry.NodeId, file.Open.Fh);
        share.Fuse.Forget(file.Entry.NodeId, 1);
        var after = await share.Fsd.Control.GetStatusAsync();

        Assert.Equal((before.Inodes + 1, before.OpenFiles + 1), (during.Inodes, during.OpenFiles));
        Assert.Equal((before.Inodes, before.OpenFiles), (after.Inodes, after.OpenFiles));
        Assert.True(after.Requests >= before.Requests + 3);
    }

    private static async Task<Errno> ErrnoOf(Task task)
    {
        try
        {
            await task;
            return Errno.None;
        }
        catch (LinuxException e)
        {
            return e.Errno;
        }
    }

    // Counts by inode: a detached mount has no path that a link in /proc/PID/fd could show.
    private static int DescriptorsOn(Daemon daemon, Statx rootStatus, string root)
    {
        var inodes = Directory.EnumerateFileSystemEntries(root).Append(root).Select(p => Host.Stat(p).Inode).ToHashSet();
        return daemon.Processes().Sum(pid => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(fd =>
        {
            var status = Host.TryStatFollowing(fd);
            return status is { } s && s.DevMajor == rootStatus.DevMajor && s.DevMinor == rootStatus.DevMinor && inodes.Contains(s.Inode);
        }));
    }
}
