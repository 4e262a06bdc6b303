using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.UnitTests.Fsd.Coherency.Peers;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>Requests that make a file longer or shorter, of a guest that maps files: who is asked before they are answered.</summary>
public sealed class SizeTellerTests
{
    private const string Nobody = "";

    [Fact]
    public void WhatNobodyElseHasOpenIsAnsweredAtOnce() => Run((session, others, asked) =>
    {
        var file = session.Create(1, "file");
        FuseSession.Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, new byte[5000]));
        FuseSession.Ok(SetSize(session, file.Entry.NodeId, 100));
        Assert.Equal(Nobody, string.Join(' ', asked));
    });

    [Fact]
    public void OthersThatHaveItOpenAreToldOfEveryChange() => Run((session, others, asked) =>
    {
        var (node, handle) = (session.Lookup(1, "there").NodeId, 0ul);
        var bucket = BucketOf(session.Host("there"));
        others.Enter(bucket);
        handle = session.Open(node, Fcntl.O_RDWR);
        Assert.Empty(asked);
        FuseSession.Ok(session.Write(node, handle, 0, new byte[5000]));
        Assert.Equal([$"TellOthers {bucket}"], asked);
        FuseSession.Ok(SetSize(session, node, 100));
        Assert.Equal(2, asked.Count);
        FuseSession.Ok(session.Call(Opcode.Fallocate, node, FuseSession.Bytes(new FallocateIn { Handle = handle, Count = 9000 })));
        Assert.Equal(3, asked.Count);
        session.Open(node, Fcntl.O_WRONLY | Fcntl.O_TRUNC);
        Assert.Equal(4, asked.Count);
        session.Create(1, "there", Fcntl.O_WRONLY | Fcntl.O_TRUNC);
        Assert.Equal(5, asked.Count);
        // Neither of these makes it longer.
        FuseSession.Ok(session.Read(node, handle, 0, 10));
        FuseSession.Ok(session.Call(Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Mode, Mode = 0x180 })));
        Assert.Equal(5, asked.Count);
        others.Leave(bucket);
        FuseSession.Ok(session.Write(node, handle, 0, new byte[5000]));
        Assert.Equal(5, asked.Count);
    });

    [Fact]
    public void AGuestThatOpensWhatAnotherHasJustMadeLongerLooksAgain() => Run((session, others, asked) =>
    {
        var node = session.Lookup(1, "there").NodeId;
        var bucket = BucketOf(session.Host("there"));
        Assert.False(others.NoteResized(bucket));
        var handle = session.Open(node, Fcntl.O_RDONLY);
        Assert.Equal([$"TellOurGuest {bucket}"], asked);
        Assert.True(others.NoteResized(bucket));
        FuseSession.Ok(session.Call(Opcode.Release, node, FuseSession.Bytes(new ReleaseIn { Handle = handle })));
        Assert.False(others.NoteResized(bucket));
    });

    private static FuseReply SetSize(FuseSession session, ulong node, ulong size) => session.Call(
        Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Size, FileSize = size }));

    private static unsafe int BucketOf(string path)
    {
        using var fd = FuseSession.Open(path);
        Statx statx;
        Assert.Equal(0, HostFile.Stat(fd.Fd, &statx));
        return OpenFiles.BucketOf(new(statx.DevMajor, statx.DevMinor, statx.Inode));
    }

    // A guest that uses a folder with an empty file, and what another daemon on the node says of its guest.
    private static void Run(Action<FuseSession, OpenFiles, ConcurrentQueue<string>> test) => FuseSession.RunMortal(
        session =>
        {
            File.WriteAllText(session.Host("there"), "");
            using var node = new TestNode();
            var daemon = node.Start();
            var opens = Path.Combine(node.Folder, OpenFiles.FileName);
            using var others = OpenFiles.Map(OpenFiles.OpenFile(opens), 77);
            var asked = new ConcurrentQueue<string>();
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
            using var keeper = new ChannelServer(ours, (ChannelCall call, Span<byte> _, out int length) =>
            {
                length = 0;
                asked.Enqueue($"{call.Operation} {call.Index}");
                return 0;
            });
            var thread = new Thread(keeper.Run);
            thread.Start();
            session.Server.UseCuts(new WorkerCuts(
                MapTable.Read(OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(node.Folder, MapTable.FileName), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open")),
                CutMarks.Map(CutMarks.OpenFile(Path.Combine(node.Folder, CutMarks.FileName))),
                daemon.Self.Slot,
                [])
            {
                Sizes = new SizeTeller(OpenFiles.Map(OpenFiles.OpenFile(opens), daemon.Self.Slot), theirs),
            });
            test(session, others, asked);
            session.Server.Dispose();
            thread.Join();
        },
        options: ServingOptions.ForExports with { DaxWindow = 2 << 20 });
}
