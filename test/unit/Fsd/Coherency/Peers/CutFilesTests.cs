using System;
using System.IO;
using System.Threading;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

/// <summary>FUSE requests that change the size of a file that another guest maps: the worker's side and the keeper's, over real channels.</summary>
public sealed class CutFilesTests
{
    private const int Punch = Fcntl.FALLOC_FL_PUNCH_HOLE | Fcntl.FALLOC_FL_KEEP_SIZE;

    [Fact]
    public void AShorterSizeComesAfterTheMapsWereSwapped() => Run((session, file, notes) =>
    {
        notes.Before = () => Assert.Equal(20_000, new FileInfo(file.Path).Length);
        var reply = FuseSession.Ok(SetSize(session, file.Node, 5_000));
        notes.Before = null;
        Assert.Equal([("scratch", 5_000, long.MaxValue)], notes.Calls);
        Assert.Equal((5_000ul, 5_000L), (reply.As<AttrOut>().Attributes.FileSize, new FileInfo(file.Path).Length));

        // Longer again, by each request that can do that; within the last page there is nothing to put back.
        var handle = session.Open(file.Node, Fcntl.O_RDWR);
        FuseSession.Ok(session.Write(file.Node, handle, 8_000, new byte[100]));
        Assert.Single(notes.Calls);
        FuseSession.Ok(session.Write(file.Node, handle, 8_100, new byte[100]));
        Assert.Equal(("restore", 8192, 8_200), notes.Last);
        FuseSession.Ok(SetSize(session, file.Node, 14_000));
        Assert.Equal(("restore", 12288, 14_000), notes.Last);
        FuseSession.Ok(Allocate(session, file.Node, handle, 0, 14_000, 10_000));
        Assert.Equal(("restore", 16384, 24_000), notes.Last);
        File.AppendAllText(file.Path, new string('x', 10_000));
        FuseSession.Ok(session.Call(Opcode.Getattr, file.Node, FuseSession.Bytes(default(GetattrIn))));
        Assert.Equal(("restore", 24576, 34_000), notes.Last);
    });

    [Fact]
    public void TheSizeThatItHasAlreadySwapsNothing() => Run((session, file, notes) =>
    {
        File.SetLastWriteTimeUtc(file.Path, DateTime.UnixEpoch);
        var reply = FuseSession.Ok(SetSize(session, file.Node, 20_000));
        Assert.Empty(notes.Calls);
        Assert.Equal(20_000ul, reply.As<AttrOut>().Attributes.FileSize);
        Assert.True(File.GetLastWriteTimeUtc(file.Path) > DateTime.UnixEpoch);
        // A set-group-id bit goes with a cut, so that has to be one.
        File.SetUnixFileMode(file.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.SetGroup);
        FuseSession.Ok(SetSize(session, file.Node, 20_000));
        Assert.Equal([("scratch", 20_000, long.MaxValue)], notes.Calls);
    });

    [Fact]
    public void OpeningWithTruncationIsACutToo() => Run((session, file, notes) =>
    {
        var handle = session.Open(file.Node, Fcntl.O_RDWR | Fcntl.O_TRUNC);
        Assert.Equal([("scratch", 0, long.MaxValue)], notes.Calls);
        FuseSession.Ok(session.Write(file.Node, handle, 0, new byte[10]));
        Assert.Equal(("restore", 0, 10), notes.Last);
        session.Create(1, "file", Fcntl.O_WRONLY | Fcntl.O_TRUNC);
        Assert.Equal(("scratch", 0, long.MaxValue), notes.Last);
        Assert.Equal(0, new FileInfo(file.Path).Length);
    });

    [Fact]
    public void AHoleReadsAsZerosAndKeepsItsBlocks() => Run((session, file, notes) =>
    {
        var handle = session.Open(file.Node, Fcntl.O_RDWR);
        FuseSession.Ok(Allocate(session, file.Node, handle, Punch, 4096, 8192));
        var content = File.ReadAllBytes(file.Path);
        Assert.Equal(-1, content.AsSpan(4096, 8192).IndexOfAnyExcept((byte)0));
        Assert.Equal((byte)'a', content[4095]);
        Assert.Equal((byte)'a', content[12288]);
        Assert.Empty(notes.Calls);
        Assert.Equal(20_000, content.Length);
        // Nothing is taken past the end.
        FuseSession.Ok(Allocate(session, file.Node, handle, Punch, 16384, 1 << 20));
        Assert.Equal(20_000, new FileInfo(file.Path).Length);
        Assert.Equal(0, File.ReadAllBytes(file.Path)[19_999]);
    });

    [Fact]
    public void WhatCannotBePutAsideIsNotCut() => Run((session, file, notes) =>
    {
        notes.Stopped = true;
        Assert.Equal(Errno.EBUSY, SetSize(session, file.Node, 0).Error);
        Assert.Equal(Errno.EBUSY, session.Call(Opcode.Open, file.Node, FuseSession.Bytes(new OpenIn { Flags = Fcntl.O_RDWR | Fcntl.O_TRUNC })).Error);
        Assert.Equal(20_000, new FileInfo(file.Path).Length);
        notes.Stopped = false;
        FuseSession.Ok(SetSize(session, file.Node, 0));
    });

    [Fact]
    public void WhatNobodyMapsIsCutWithoutAskingAnybody() => Run((session, file, notes) =>
    {
        File.WriteAllText(session.Host("other"), "text");
        var other = session.Lookup(1, "other").NodeId;
        FuseSession.Ok(SetSize(session, other, 1));
        FuseSession.Ok(SetSize(session, other, 9_000));
        session.Open(other, Fcntl.O_RDWR | Fcntl.O_TRUNC);
        Assert.Empty(notes.Calls);
        Assert.Equal(0, new FileInfo(session.Host("other")).Length);
    });

    private static FuseReply SetSize(FuseSession session, ulong node, ulong size) => session.Call(
        Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Size, FileSize = size }));

    private static FuseReply Allocate(FuseSession session, ulong node, ulong handle, int mode, ulong offset, ulong count) => session.Call(
        Opcode.Fallocate, node, FuseSession.Bytes(new FallocateIn { Handle = handle, Mode = (uint)mode, Offset = offset, Count = count }));

    // A guest that uses a folder with a file of 20,000 bytes, which the guest of another daemon maps.
    private static void Run(Action<FuseSession, (ulong Node, string Path), WindowNotes> test) => FuseSession.RunShared(session =>
    {
        var path = session.Host("file");
        File.WriteAllText(path, new string('a', 20_000));
        using var node = new TestNode();
        var notes = new WindowNotes();
        var mapper = node.Start(notes);
        mapper.Cuts.Leave(TestNode.File);
        var cutter = node.Start();
        using var fd = FuseSession.Open(path);
        Statx statx;
        unsafe
        {
            Assert.Equal(0, HostFile.Stat(fd.Fd, &statx));
        }

        Assert.Equal(Errno.None, mapper.Cuts.Enter(new FileIdentity(statx.DevMajor, statx.DevMinor, statx.Inode)));
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        using var door = new CutDoor(cutter.Cuts);
        using var server = new ChannelServer(ours, door.Handle);
        var keeper = new Thread(server.Run);
        keeper.Start();
        // Nobody has the file open: the keeper is not asked.
        var (_, sizes) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        var cuts = new WorkerCuts(
            MapTable.Read(OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(node.Folder, MapTable.FileName), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open")),
            CutMarks.Map(CutMarks.OpenFile(Path.Combine(node.Folder, CutMarks.FileName))),
            cutter.Self.Slot,
            [theirs])
        {
            Sizes = new SizeTeller(OpenFiles.Map(OpenFiles.OpenFile(Path.Combine(node.Folder, OpenFiles.FileName)), cutter.Self.Slot), sizes),
        };
        session.Server.UseCuts(cuts);
        test(session, (session.Lookup(1, "file").NodeId, path), notes);
        session.Server.Dispose();
        keeper.Join();
    });
}
