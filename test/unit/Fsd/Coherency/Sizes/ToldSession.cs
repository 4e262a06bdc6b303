using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.UnitTests.Fsd.Coherency.Peers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Sizes;

/// <summary>A guest that uses a folder with an empty file, <c>there</c>, and maps it; the test says what other daemons have open, and sees what the keeper is asked.</summary>
internal static class ToldSession
{
    public static void Run(Action<FuseSession, OpenFiles, ConcurrentQueue<string>> test, bool watched = false) => FuseSession.RunMortal(
        session =>
        {
            File.WriteAllText(session.Host("there"), "");
            using var node = new TestNode();
            var daemon = node.Start();
            var opens = Path.Combine(node.Folder, OpenFiles.FileName);
            using var others = OpenFiles.Map(OpenFiles.OpenFile(opens), 77);
            var asked = new ConcurrentQueue<string>();
            var sizes = Serve(asked, out var first);
            var changes = Serve(asked, out var second);
            session.Server.UseCuts(new WorkerCuts(
                MapTable.Read(OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, Path.Combine(node.Folder, MapTable.FileName), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), "open")),
                CutMarks.Map(CutMarks.OpenFile(Path.Combine(node.Folder, CutMarks.FileName))),
                daemon.Self.Slot,
                [])
            {
                Sizes = new SizeTeller(OpenFiles.Map(OpenFiles.OpenFile(opens), daemon.Self.Slot), first),
                Changes = watched ? new HostChanges(FileWatches.TryCreate(NullLogger.Instance)!, second) : null,
            });
            test(session, others, asked);
            session.Server.Dispose();
            second.Dispose();
            sizes.Join();
            changes.Join();
        },
        options: ServingOptions.ForExports with { DaxWindow = 2 << 20 });

    public static unsafe int BucketOf(string path)
    {
        using var fd = FuseSession.Open(path);
        Statx statx;
        Assert.Equal(0, HostFile.Stat(fd.Fd, &statx));
        return OpenFiles.BucketOf(new(statx.DevMajor, statx.DevMinor, statx.Inode));
    }

    private static Thread Serve(ConcurrentQueue<string> asked, out OwnedFd worker)
    {
        var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_SEQPACKET);
        worker = theirs;
        var thread = new Thread(() =>
        {
            using var keeper = new ChannelServer(ours, (ChannelCall call, Span<byte> _, out int length) =>
            {
                length = 0;
                asked.Enqueue($"{call.Operation} {call.Index}");
                return 0;
            });
            keeper.Run();
        });
        thread.Start();
        return thread;
    }
}
