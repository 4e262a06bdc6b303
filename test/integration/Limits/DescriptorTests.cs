using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using Xunit;

namespace KataShimNet.IntegrationTests.Limits;

/// <summary>A daemon with few descriptors: 256 are 32 for inodes that can be opened again.</summary>
public class DescriptorTests
{
    private const int Limit = 256;

    [Theory]
    [EachBacking]
    public void More_files_than_descriptors_stay_usable(Backing backing)
    {
        using var share = Start(backing);
        var nodes = Fill(share, 1000);
        for (var i = 0; i < nodes.Length; i++)
        {
            Assert.Equal((ulong)i, share.Fuse.GetAttr(nodes[i]).Value.Attr.Size);
            var fh = share.Fuse.Open(nodes[i], Fcntl.O_RDONLY).Value.Fh;
            Assert.Equal(i, share.Fuse.Read(nodes[i], fh, 0, 4096).Value.Length);
            Assert.Equal(Errno.None, share.Fuse.Release(nodes[i], fh));
            Assert.Equal(nodes[i], share.Fuse.Lookup(share.Root, $"f{i}").Value.NodeId);
        }

        Assert.InRange(DaemonMemory.Descriptors(share.Process), 1, Limit / 2);
    }

    [Theory]
    [EachBacking]
    public void What_is_removed_is_there_for_who_knows_it(Backing backing)
    {
        using var share = Start(backing);
        Directory.CreateDirectory(share.At("d"));
        share.Put("x", "12345");
        var (folder, file) = (share.Fuse.Lookup(share.Root, "d").Value.NodeId, share.Fuse.Lookup(share.Root, "x").Value.NodeId);
        Fill(share, 200);
        Assert.Equal(Errno.None, share.Fuse.Rmdir(share.Root, "d"));
        Assert.Equal(Errno.None, share.Fuse.Unlink(share.Root, "x"));
        Fill(share, 400);
        Assert.Equal(0u, share.Fuse.GetAttr(file).Value.Attr.Nlink);
        var fh = share.Fuse.Open(file, Fcntl.O_RDONLY).Value.Fh;
        Assert.Equal("12345"u8.ToArray(), share.Fuse.Read(file, fh, 0, 100).Value);
        Assert.Equal(Errno.None, share.Fuse.Release(file, fh));
        // As in a removed working directory.
        _ = share.Fuse.GetAttr(folder).Value;
        Assert.Equal(Errno.ENOENT, share.Fuse.Lookup(folder, "f").Errno);
        Assert.Equal(Errno.ENOENT, share.Fuse.Mkdir(folder, "f", 0x1ed).Errno);
    }

    [Fact]
    public void A_number_that_is_used_again_is_another_inode()
    {
        using var share = Start(Backing.Ext4);
        share.Put("old", "");
        var old = share.Fuse.Lookup(share.Root, "old").Value;
        Fill(share, 200);
        File.Delete(share.At("old"));
        var fresh = old;
        for (var i = 0; fresh.NodeId == old.NodeId || fresh.Attr.Ino != old.Attr.Ino; i++)
        {
            Assert.True(i < 2000, "ext4 gave the number to no other file");
            share.Put($"new{i}", "new");
            fresh = share.Fuse.Lookup(share.Root, $"new{i}").Value;
            Assert.NotEqual(old.NodeId, fresh.NodeId);
        }

        Assert.Equal(Errno.ESTALE, share.Fuse.GetAttr(old.NodeId).Errno);
        Assert.Equal(3ul, share.Fuse.GetAttr(fresh.NodeId).Value.Attr.Size);
    }

    [Fact]
    public async System.Threading.Tasks.Task A_guest_that_opens_without_end_leaves_enough_for_the_daemon()
    {
        using var share = Start(Backing.Ext4);
        Fill(share, 300);
        var node = share.Fuse.Lookup(share.Root, "f1").Value.NodeId;
        var handles = new List<ulong>();
        var open = share.Fuse.Open(node, Fcntl.O_RDONLY);
        for (; open.Errno == Errno.None; open = share.Fuse.Open(node, Fcntl.O_RDONLY))
            handles.Add(open.Value.Fh);
        Assert.Equal(Errno.ENFILE, open.Errno);
        Assert.InRange(handles.Count, Limit / 2, Limit);

        // What is open stays open, what is known stays known, and exports come and go.
        foreach (var fh in handles)
            Assert.Single(share.Fuse.Read(node, fh, 0, 10).Value);
        Assert.Equal(node, share.Fuse.Lookup(share.Root, "f1").Value.NodeId);
        await share.Fsd!.AddExportAsync("more", share.At(""), CoherencyClass.Shared);
        _ = share.Fuse.Lookup(1, "more").Value;
        Assert.Equal(Errno.None, share.Fuse.Release(node, handles[0]));
        _ = share.Fuse.Open(node, Fcntl.O_RDONLY).Value;
    }

    [Fact]
    public unsafe void A_daemon_that_runs_out_of_descriptors_closes_what_it_can_spare()
    {
        using var share = new Share(Backing.Ext4, new ShareOptions { Descriptors = 1024, Coherency = CoherencyClass.Shared });
        var nodes = Fill(share, 500);
        var worker = share.Process.Processes().Single(pid => File.ReadAllText($"/proc/{pid}/comm").Trim() == "fsd-worker"
            && Daemon.OpenFiles(pid).Any(file => file.Contains("/f499", StringComparison.Ordinal)) && Directory.GetDirectories($"/proc/{pid}/task").Length > 1);
        Assert.InRange(Daemon.OpenFiles(worker).Count, 150, 256);
        // Fewer than it has: from here on every open(2) fails.
        var limit = new Rlimit { Current = 120, Maximum = 120 };
        LinuxException.Check(SysResource.prlimit(worker, SysResource.RLIMIT_NOFILE, &limit, null), "prlimit");
        foreach (var node in nodes)
            _ = share.Fuse.GetAttr(node).Value;
        Fill(share, 600);
        Assert.True(share.Process.IsRunning);
    }

    private static Share Start(Backing backing) => new(backing, new ShareOptions { Descriptors = Limit, Coherency = CoherencyClass.Shared });

    private static ulong[] Fill(Share share, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        File.WriteAllBytes(share.At($"f{i}"), new byte[i]);
        return share.Fuse.Lookup(share.Root, $"f{i}").Value.NodeId;
    })];
}
