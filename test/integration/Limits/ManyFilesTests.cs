using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Limits;

/// <summary>
/// A guest that knows every file of a large tree, as after <c>ls -lR</c>. KATANET_WALK_FILES sets how many: a million take about a minute.
/// </summary>
public class ManyFilesTests(ITestOutputHelper output)
{
    private const int FilesPerFolder = 1000;
    private const int Descriptors = 16_384;

    // Of the daemon without any inode, and for each million of them.
    private const long BaseKib = 14 * 1024;
    private const long MillionKib = 50 * 1024;

    private static readonly int s_files =
        int.Parse(Environment.GetEnvironmentVariable("KATANET_WALK_FILES") ?? "200000", CultureInfo.InvariantCulture);

    [Fact]
    public void A_large_tree_takes_few_descriptors_and_little_memory_until_it_is_forgotten()
    {
        using var share = new Share(Backing.Tmpfs, new ShareOptions { Coherency = CoherencyClass.Shared, Descriptors = Descriptors });
        Make(share);
        var before = DaemonMemory.PssKib(share.Process);
        var known = new List<(ulong Node, ulong Count)>();
        var clock = Stopwatch.StartNew();
        foreach (var folder in List(share, share.Root, known))
            List(share, folder.NodeId, known);
        Report("walked", share, clock, known.Count);
        Assert.InRange(known.Count, s_files + (s_files / FilesPerFolder), int.MaxValue);
        Bounded(share);

        // A second time: each is known already, most of them by handle alone.
        clock.Restart();
        foreach (var folder in List(share, share.Root, known))
            List(share, folder.NodeId, known);
        Report("walked again", share, clock, known.Count);
        Bounded(share);

        clock.Restart();
        for (var i = 0; i < known.Count; i += 2000)
            share.Fuse.BatchForget(known.GetRange(i, Math.Min(2000, known.Count - i)));
        // FORGET has no answer: what is asked on that queue afterwards is answered after it.
        _ = share.Fuse.GetAttr(share.Root).Value;
        Report("forgotten", share, clock, known.Count);
        Assert.InRange(DaemonMemory.PssKib(share.Process), 1, before + (8 * 1024));
        Assert.InRange(DaemonMemory.Descriptors(share.Process), 1, 100);
    }

    private static unsafe void Make(Share share)
    {
        var name = stackalloc byte[32];
        for (var i = 0; i < s_files / FilesPerFolder; i++)
        {
            Directory.CreateDirectory(share.At($"d{i}"));
            using var folder = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, share.At($"d{i}"), Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0), "open");
            for (var j = 0; j < FilesPerFolder; j++)
            {
                System.Text.Encoding.ASCII.GetBytes($"f{j}\0", new Span<byte>(name, 32));
                LinuxException.Check(SysStat.mknodat(folder.Fd, name, SysStat.S_IFREG | 0x1a4, 0), "mknodat");
            }
        }
    }

    private static List<FuseEntry> List(Share share, ulong folder, List<(ulong Node, ulong Count)> known)
    {
        var folders = new List<FuseEntry>();
        var fh = share.Fuse.OpenDir(folder).Value.Fh;
        var offset = 0ul;
        IReadOnlyList<FuseDirEntry> entries;
        while ((entries = share.Fuse.ReadDirPlus(folder, fh, offset, 128 * 1024).Value).Count > 0)
        {
            foreach (var entry in entries)
            {
                offset = entry.Offset;
                if (entry.Entry is null || entry.Entry.NodeId == 0)
                    continue;
                known.Add((entry.Entry.NodeId, 1));
                if (entry.Type == 4)
                    folders.Add(entry.Entry);
            }
        }

        Assert.Equal(Errno.None, share.Fuse.ReleaseDir(folder, fh));
        return folders;
    }

    private static void Bounded(Share share)
    {
        Assert.InRange(DaemonMemory.Descriptors(share.Process), 1, Descriptors / 4);
        Assert.InRange(DaemonMemory.PssKib(share.Process), 1, BaseKib + (MillionKib * s_files / 1_000_000));
    }

    private void Report(string what, Share share, Stopwatch clock, int lookups) => output.WriteLine(
        $"{what}: {clock.Elapsed.TotalSeconds:F1} s, {lookups} lookups, PSS {DaemonMemory.PssKib(share.Process)} KiB, "
        + $"{DaemonMemory.Descriptors(share.Process)} descriptors");
}
