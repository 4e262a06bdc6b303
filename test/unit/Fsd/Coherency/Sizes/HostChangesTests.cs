using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Fuse.Wire;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>Files that our guest has open and that a process of the host, this one, makes longer or shorter.</summary>
public sealed class HostChangesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void WhatTheHostAppendsOrCutsOffTheGuestIsToldOfEachTime() => ToldSession.Run(
        (session, _, asked) =>
        {
            var (file, news) = (session.Host("there"), News(session, "there"));
            var fence = Fence(session);
            session.Open(session.Lookup(1, "there").NodeId, Fcntl.O_RDONLY);
            foreach (var change in new Action[] { () => File.AppendAllText(file, "more"), () => File.AppendAllText(file, "more"), () => Cut(file, 2), () => Cut(file, 9000) })
            {
                asked.Clear();
                change();
                AwaitAsked(asked, news);
                // It has the right size now, so that is all.
                AwaitFence(fence, asked);
                Assert.DoesNotContain(news, asked);
            }
        },
        watched: true);

    [Fact]
    public void WhatTheGuestDoesItselfItIsNotToldOf() => ToldSession.Run(
        (session, _, asked) =>
        {
            var (file, news) = (session.Host("there"), News(session, "there"));
            var fence = Fence(session);
            var node = session.Lookup(1, "there").NodeId;
            var handle = session.Open(node, Fcntl.O_RDWR);
            FuseSession.Ok(session.Write(node, handle, 0, new byte[5000]));
            FuseSession.Ok(session.Write(node, handle, 100, new byte[10]));
            AwaitFence(fence, asked);
            FuseSession.Ok(session.Call(Opcode.Setattr, node, FuseSession.Bytes(new SetattrIn { Valid = SetattrFlag.Size, FileSize = 100 })));
            AwaitFence(fence, asked);
            FuseSession.Ok(session.Call(Opcode.Fallocate, node, FuseSession.Bytes(new FallocateIn { Handle = handle, Count = 9000 })));
            AwaitFence(fence, asked);
            session.Open(node, Fcntl.O_WRONLY | Fcntl.O_TRUNC);
            var made = session.Create(1, "made");
            FuseSession.Ok(session.Write(made.Entry.NodeId, made.Open.Handle, 0, new byte[5000]));
            AwaitFence(fence, asked);
            Assert.Empty(asked);

            // What the host appends in between, and the guest does not write over, is news.
            File.AppendAllText(file, new string('a', 500));
            FuseSession.Ok(session.Write(node, handle, 0, new byte[100]));
            AwaitAsked(asked, news);
        },
        watched: true);

    [Fact]
    public void WhatWasAppendedBetweenLookupAndOpenIsNews() => ToldSession.Run(
        (session, _, asked) =>
        {
            var node = session.Lookup(1, "there").NodeId;
            File.AppendAllText(session.Host("there"), "more");
            session.Open(node, Fcntl.O_RDONLY);
            AwaitAsked(asked, News(session, "there"));
        },
        watched: true);

    [Fact]
    public void AFileThatIsClosedConcernsNobody() => ToldSession.Run(
        (session, _, asked) =>
        {
            var fence = Fence(session);
            var node = session.Lookup(1, "there").NodeId;
            ulong[] handles = [session.Open(node, Fcntl.O_RDONLY), session.Open(node, Fcntl.O_RDONLY)];
            FuseSession.Ok(session.Call(Opcode.Release, node, FuseSession.Bytes(new ReleaseIn { Handle = handles[0] })));
            AwaitFence(fence, asked);
            File.AppendAllText(session.Host("there"), "more");
            AwaitAsked(asked, News(session, "there"));
            FuseSession.Ok(session.Call(Opcode.Release, node, FuseSession.Bytes(new ReleaseIn { Handle = handles[1] })));
            AwaitFence(fence, asked);
            asked.Clear();
            File.AppendAllText(session.Host("there"), "more");
            AwaitFence(fence, asked);
            Assert.Empty(asked);
        },
        watched: true);

    private static string News(FuseSession session, string name) => $"TellOurGuest {ToldSession.BucketOf(session.Host(name))}";

    // What happens to it is looked at after all that happened before.
    private static (string File, string News) Fence(FuseSession session)
    {
        File.WriteAllText(session.Host("fence"), "");
        session.Open(session.Lookup(1, "fence").NodeId, Fcntl.O_RDONLY);
        return (session.Host("fence"), News(session, "fence"));
    }

    private static void AwaitFence((string File, string News) fence, ConcurrentQueue<string> asked)
    {
        // Twice: what is looked at for the second time may be asked for after the first.
        for (var i = 0; i < 2; i++)
        {
            var before = Count(asked, fence.News);
            File.AppendAllText(fence.File, "more");
            Assert.True(SpinWait.SpinUntil(() => Count(asked, fence.News) > before, s_patience), "nobody was told of the fence");
        }

        var rest = Array.FindAll([.. asked], item => item != fence.News);
        asked.Clear();
        foreach (var item in rest)
            asked.Enqueue(item);
    }

    private static int Count(ConcurrentQueue<string> asked, string item) => Array.FindAll([.. asked], other => other == item).Length;

    private static void AwaitAsked(ConcurrentQueue<string> asked, string item)
    {
        Assert.True(SpinWait.SpinUntil(() => Count(asked, item) > 0, s_patience), $"no {item} among: {string.Join(", ", asked)}");
        asked.Clear();
    }

    private static void Cut(string path, long size)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(size);
    }
}
