using System;
using System.IO;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;
using static KataShimNet.UnitTests.Fsd.FuseSession;

namespace KataShimNet.UnitTests.Fsd.Coherency;

/// <summary>Two guests with one folder: what each is told to believe, and what their changes wait for.</summary>
public sealed class PodTests
{
    private const ulong Root = 1;
    private static readonly LeaseTerms s_terms = new(200 * BootClock.Millisecond, 400 * BootClock.Millisecond, 300 * BootClock.Millisecond);
    private const uint Told = 200_000_000;


    /// <summary>Every way to change a file f, a folder d, or their names.</summary>
    public static TheoryData<string> Changes =>
    [
        "create", "truncating create", "mkdir", "mknod", "symlink", "link", "unlink", "rmdir", "rename", "rename over", "chmod", "truncate", "utimes",
        "write", "truncating open", "fallocate", "copy", "setxattr", "removexattr", "flags",
    ];

    [Fact]
    public void A_guest_alone_may_believe_names_attributes_and_that_a_name_is_not_there() => RunPods(s_terms, (a, _) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        var entry = a.Lookup(Root, "f");
        Assert.Equal((0ul, Told, 0ul, Told), (entry.EntryValid, entry.EntryValidNanoseconds, entry.AttrValid, entry.AttrValidNanoseconds));
        Assert.Equal(Told, Attributes(a, entry.NodeId).ValidNanoseconds);
        Assert.Equal(Told, Ok(a.Call(Opcode.Statx, entry.NodeId, Bytes(new StatxIn { Mask = 1 }))).As<StatxOut>().ValidNanoseconds);
        var absent = Ok(a.Call(Opcode.Lookup, Root, Name("g"))).As<EntryOut>();
        Assert.Equal((0ul, Told), (absent.NodeId, absent.EntryValidNanoseconds));
        Assert.Equal(Told, a.Create(Root, "new").Entry.AttrValidNanoseconds);
        var made = Ok(a.Call(Opcode.Mkdir, Root, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("d")])).As<EntryOut>();
        Assert.Equal((Told, Told), (made.EntryValidNanoseconds, made.AttrValidNanoseconds));
    });

    [Fact]
    public void What_two_guests_use_neither_may_believe_until_one_has_left_it_alone_for_a_while() => RunPods(s_terms, (a, b) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        Assert.Equal(Told, a.Lookup(Root, "f").AttrValidNanoseconds);
        var (start, entry) = (BootClock.Now, b.Lookup(Root, "f"));
        Assert.Equal((0u, 0u), (entry.EntryValidNanoseconds, entry.AttrValidNanoseconds));
        Assert.Equal(0u, b.Lookup(Root, "f").EntryValidNanoseconds);
        uint told;
        do
            told = a.Lookup(Root, "f").AttrValidNanoseconds;
        while (told == 0 && BootClock.Now - start < 10 * BootClock.Second);
        Assert.Equal(Told, told);
        Assert.True(BootClock.Now - start >= s_terms.Contention);
    });

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_waits_for_what_another_guest_believes_and_not_for_what_its_own_does(string change) => RunPods(s_terms, (a, b) =>
    {
        foreach (var folder in new[] { "", "own/" })
        {
            Directory.CreateDirectory(a.Host(folder + "d"));
            foreach (var name in new[] { "f", "over", "source" })
                File.WriteAllText(a.Host(folder + name), "0123456789");
        }

        // What its own guest believes.
        var own = b.Lookup(Root, "own").NodeId;
        foreach (var name in new[] { "f", "over", "source", "d" })
            Assert.Equal(Told, b.Lookup(own, name).AttrValidNanoseconds);
        if (change == "removexattr")
            Assert.Equal(Errno.None, SetXattr(b, b.Lookup(own, "f").NodeId));
        Change(b, own, change);
        Assert.Equal(0, b.Server.Aside.Parked);

        if (change == "removexattr")
            Assert.Equal(Errno.None, SetXattr(b, b.Lookup(Root, "f").NodeId));
        LetContentionPass();
        var start = BootClock.Now;
        foreach (var name in new[] { "f", "over", "d" })
            Assert.Equal(Told, a.Lookup(Root, name).AttrValidNanoseconds);
        Assert.Equal(Told, Attributes(a, Root).ValidNanoseconds);
        Change(b, Root, change);
        Assert.InRange(b.Server.Aside.Parked, 1, 3);
        Assert.True(BootClock.Now - start >= s_terms.Validity + s_terms.Margin);
    });

    [Fact]
    public void Nothing_is_believed_of_a_file_that_another_guest_has_open_for_writing() => RunPods(s_terms, (a, b) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        var (fa, fb) = (a.Lookup(Root, "f").NodeId, b.Lookup(Root, "f").NodeId);
        var reader = Open(b, fb, Fcntl.O_RDONLY);
        Assert.Equal(OpenReplyFlag.DirectIo, reader.OpenFlags);
        LetContentionPass();
        Assert.Equal(Told, Attributes(a, fa).ValidNanoseconds);
        var writer = Open(b, fb, Fcntl.O_RDWR);
        Assert.Equal(OpenReplyFlag.DirectIo, writer.OpenFlags);
        LetContentionPass();
        Assert.Equal(0u, Attributes(a, fa).ValidNanoseconds);
        Release(b, fb, writer);
        Assert.Equal(Told, Attributes(a, fa).ValidNanoseconds);
        Open(b, fb, Fcntl.O_RDWR);
        LetContentionPass();
        Assert.Equal(0u, Attributes(a, fa).ValidNanoseconds);
        b.Server.Reset();
        Assert.Equal(Told, Attributes(a, fa).ValidNanoseconds);
    });

    [Fact]
    public void Each_write_moves_the_time_of_a_file_that_another_guest_has_open() => RunPods(s_terms, (a, b) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        var (fa, fb) = (a.Lookup(Root, "f").NodeId, b.Lookup(Root, "f").NodeId);
        Open(a, fa, Fcntl.O_RDONLY);
        var writer = b.Open(fb, Fcntl.O_RDWR);
        var last = Attributes(a, fa).Attributes;
        for (var i = 0; i < 2_000; i++)
        {
            Ok(b.Write(fb, writer, 0, [(byte)i]));
            var now = Attributes(a, fa);
            Assert.Equal(0u, now.ValidNanoseconds);
            Assert.NotEqual((last.ModifyTime, last.ModifyNanoseconds), (now.Attributes.ModifyTime, now.Attributes.ModifyNanoseconds));
            last = now.Attributes;
        }
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void A_mark_is_never_the_same_twice_within_a_tick(bool fine)
    {
        var path = Path.GetTempFileName();
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            var fd = (int)file.DangerousGetHandle();
            var last = default(StatxTimestamp);
            for (var i = 0; i < 2_000; i++)
            {
                // A system whose times are those of the last tick: each write sets the same one.
                if (!fine)
                    File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(20_000));
                ModificationMark.Move(fd, fine);
                Statx statx;
                Assert.Equal(0, HostFile.Stat(fd, &statx));
                Assert.NotEqual((last.Seconds, last.Nanoseconds), (statx.ModifyTime.Seconds, statx.ModifyTime.Nanoseconds));
                last = statx.ModifyTime;
            }
        }

        File.Delete(path);
    }

    [Fact]
    public void What_a_host_process_changes_is_not_believed_for_a_while() => RunPods(s_terms, (a, _) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        var node = a.Lookup(Root, "f").NodeId;
        Assert.Equal(Told, Attributes(a, node).ValidNanoseconds);
        File.AppendAllText(a.Host("f"), "2");
        var seen = Attributes(a, node);
        Assert.Equal((2ul, 0u), (seen.Attributes.FileSize, seen.ValidNanoseconds));
        Assert.Equal(0u, Attributes(a, node).ValidNanoseconds);
    });

    [Fact]
    public void Before_its_machine_is_stopped_a_guest_is_told_nothing_more_and_what_it_was_told_runs_out() => RunPods(s_terms, (a, b) =>
    {
        File.WriteAllText(a.Host("f"), "1");
        var node = a.Lookup(Root, "f").NodeId;
        b.Lookup(Root, "f");
        LetContentionPass();
        Assert.Equal(Told, Attributes(a, node).ValidNanoseconds);
        a.Server.SuspendLeases();
        Assert.Equal(0u, Attributes(a, node).ValidNanoseconds);
        Change(b, Root, "chmod");
        Assert.Equal(0, b.Server.Aside.Parked);
        a.Server.ResumeLeases();
        LetContentionPass();
        Assert.Equal(Told, Attributes(a, node).ValidNanoseconds);
    });

    // Also what anybody believed runs out.
    private static void LetContentionPass() =>
        Thread.Sleep(TimeSpan.FromMilliseconds((s_terms.Contention + s_terms.Validity + s_terms.Margin) / BootClock.Millisecond + 20));

    private static void Change(FuseSession pod, ulong folder, string change)
    {
        var node = change is "create" or "mkdir" or "mknod" or "symlink" or "unlink" or "rmdir" or "rename" or "rename over"
            ? 0
            : pod.Lookup(folder, "f").NodeId;
        var reply = change switch
        {
            "create" => pod.Call(Opcode.Create, folder, [.. Bytes(new CreateIn { Flags = Fcntl.O_RDWR, Mode = 0x1a4 }), .. Name("c")]),
            "truncating create" => pod.Call(Opcode.Create, folder, [.. Bytes(new CreateIn { Flags = Fcntl.O_RDWR | Fcntl.O_TRUNC, Mode = 0x1a4 }), .. Name("f")]),
            "mkdir" => pod.Call(Opcode.Mkdir, folder, [.. Bytes(new MkdirIn { Mode = 0x1ed }), .. Name("m")]),
            "mknod" => pod.Call(Opcode.Mknod, folder, [.. Bytes(new MknodIn { Mode = 0x11a4 }), .. Name("n")]),
            "symlink" => pod.Call(Opcode.Symlink, folder, [.. Name("s"), .. Name("f")]),
            "link" => pod.Call(Opcode.Link, folder, [.. Bytes(new LinkIn { OldNodeId = node }), .. Name("l")]),
            "unlink" => pod.Call(Opcode.Unlink, folder, Name("f")),
            "rmdir" => pod.Call(Opcode.Rmdir, folder, Name("d")),
            "rename" => pod.Call(Opcode.Rename, folder, [.. Bytes(new RenameIn { NewParent = folder }), .. Name("f"), .. Name("r")]),
            "rename over" => pod.Call(Opcode.Rename, folder, [.. Bytes(new RenameIn { NewParent = folder }), .. Name("source"), .. Name("over")]),
            "chmod" => SetAttr(pod, node, new SetattrIn { Valid = SetattrFlag.Mode, Mode = 0x180 }),
            "truncate" => SetAttr(pod, node, new SetattrIn { Valid = SetattrFlag.Size, FileSize = 3 }),
            "utimes" => SetAttr(pod, node, new SetattrIn { Valid = SetattrFlag.ModifyTime, ModifyTime = 3 }),
            "write" => pod.Write(node, pod.Open(node, Fcntl.O_RDWR), 0, [1]),
            "truncating open" => pod.Call(Opcode.Open, node, Bytes(new OpenIn { Flags = Fcntl.O_RDWR | Fcntl.O_TRUNC })),
            "fallocate" => pod.Call(Opcode.Fallocate, node, Bytes(new FallocateIn { Handle = pod.Open(node, Fcntl.O_RDWR), Count = 100 })),
            "copy" => Copy(pod, folder, node),
            "setxattr" => new FuseReply(0, SetXattr(pod, node), []),
            "removexattr" => pod.Call(Opcode.Removexattr, node, Name("user.x")),
            "flags" => pod.Call(
                Opcode.Ioctl, node, [.. Bytes(new IoctlIn { Handle = pod.Open(node, Fcntl.O_RDONLY), Command = (uint)SysIoctl.FS_IOC_SETFLAGS, InSize = 8 }), .. new byte[8]]),
            _ => throw new ArgumentException(change),
        };
        Assert.Equal(Errno.None, reply.Error);
    }

    private static FuseReply Copy(FuseSession pod, ulong folder, ulong node)
    {
        var source = pod.Lookup(folder, "source").NodeId;
        return pod.Call(
            Opcode.CopyFileRange,
            source,
            Bytes(new CopyFileRangeIn
            {
                SourceHandle = pod.Open(source, Fcntl.O_RDONLY),
                TargetNodeId = node,
                TargetHandle = pod.Open(node, Fcntl.O_RDWR),
                Count = 5,
            }));
    }

    private static Errno SetXattr(FuseSession pod, ulong node) =>
        pod.Call(Opcode.Setxattr, node, [.. Bytes(new SetxattrIn { ValueLength = 1 }), .. Bytes(default(SetxattrMore)), .. Name("user.x"), 7]).Error;

    private static FuseReply SetAttr(FuseSession pod, ulong node, SetattrIn change) => pod.Call(Opcode.Setattr, node, Bytes(change));

    private static AttrOut Attributes(FuseSession pod, ulong node) => Ok(pod.Call(Opcode.Getattr, node, Bytes(default(GetattrIn)))).As<AttrOut>();

    private static OpenOut Open(FuseSession pod, ulong node, int flags) =>
        Ok(pod.Call(Opcode.Open, node, Bytes(new OpenIn { Flags = (uint)flags }))).As<OpenOut>();

    private static void Release(FuseSession pod, ulong node, OpenOut file) =>
        Ok(pod.Call(Opcode.Release, node, Bytes(new ReleaseIn { Handle = file.Handle })));
}
