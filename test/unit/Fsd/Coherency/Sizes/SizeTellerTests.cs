using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>Requests that make a file longer or shorter, of a guest that maps files: who is asked before they are answered.</summary>
public sealed class SizeTellerTests
{
    private const string Nobody = "";

    [Fact]
    public void WhatNobodyElseHasOpenIsAnsweredAtOnce() => ToldSession.Run((session, others, asked) =>
    {
        var file = session.Create(1, "file");
        FuseSession.Ok(session.Write(file.Entry.NodeId, file.Open.Handle, 0, new byte[5000]));
        FuseSession.Ok(SetSize(session, file.Entry.NodeId, 100));
        Assert.Equal(Nobody, string.Join(' ', asked));
    });

    [Fact]
    public void OthersThatHaveItOpenAreToldOfEveryChange() => ToldSession.Run((session, others, asked) =>
    {
        var (node, handle) = (session.Lookup(1, "there").NodeId, 0ul);
        var bucket = ToldSession.BucketOf(session.Host("there"));
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
    public void AGuestThatOpensWhatAnotherHasJustMadeLongerLooksAgain() => ToldSession.Run((session, others, asked) =>
    {
        var node = session.Lookup(1, "there").NodeId;
        var bucket = ToldSession.BucketOf(session.Host("there"));
        Assert.False(others.NoteResized(bucket));
        var handle = session.Open(node, Fcntl.O_RDONLY);
        Assert.Equal([$"TellOurGuest {bucket}"], asked);
        Assert.True(others.NoteResized(bucket));
        FuseSession.Ok(session.Call(Opcode.Release, node, FuseSession.Bytes(new ReleaseIn { Handle = handle })));
        Assert.False(others.NoteResized(bucket));
    });

    private static FuseReply SetSize(FuseSession session, ulong node, ulong size) => session.Call(
        Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Size, FileSize = size }));
}
