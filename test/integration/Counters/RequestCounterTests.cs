using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.IntegrationTests.Counters;

/// <summary>The numbers that the daemon gives on its control channel, after a known number of requests.</summary>
public sealed class RequestCounterTests
{
    [Fact]
    public async Task Requests_are_counted_by_opcode_with_their_errors_bytes_and_time()
    {
        using var share = new Share(Backing.Ext4);
        share.Put("a", new string('x', 5000));
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var file = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
        var before = await share.Fsd!.Control.GetMetricsAsync();
        var clock = Stopwatch.StartNew();

        for (var i = 0; i < 100; i++)
            _ = share.Fuse.GetAttr(node).Value;
        for (var i = 0; i < 7; i++)
            Assert.Equal(Errno.ENODATA, share.Fuse.GetXattr(node, "user.none", 10).Errno);
        for (var i = 0; i < 3; i++)
            Assert.Equal(4000, share.Fuse.Read(node, file, 0, 4000).Value.Length);
        Assert.Equal(3u, share.Fuse.Write(node, file, 0, "abc"u8).Value);
        // Answered by another thread than the queue's.
        Assert.Equal(Errno.None, share.Fuse.Fsync(node, file));

        var after = await share.Fsd.Control.GetMetricsAsync();
        var longest = clock.Elapsed.TotalNanoseconds;
        Assert.Equal((100, 0), Rise("getattr"));
        Assert.Equal((7, 7), Rise("getxattr"));
        Assert.Equal((3, 0), Rise("read"));
        Assert.Equal((1, 0), Rise("write"));
        Assert.Equal((1, 0), Rise("fsync"));
        Assert.Equal((12_000, 3), (after.BytesRead - before.BytesRead, after.BytesWritten - before.BytesWritten));
        Assert.Equal((0, 1), (before.OpenFiles - 1, after.OpenFiles));
        Assert.True(after.Inodes >= 2 && after.InodeDescriptors >= 1, after.ToString());
        var time = Of(after, "getattr").Nanoseconds - (before.Requests.FirstOrDefault(static r => r.Opcode == "getattr")?.Nanoseconds ?? 0);
        Assert.InRange(time, 1, longest);
        Assert.DoesNotContain(after.Requests, static request => request.Opcode is "unlink" or "unknown");

        (long Count, long Errors) Rise(string opcode)
        {
            var (old, now) = (before.Requests.FirstOrDefault(request => request.Opcode == opcode), Of(after, opcode));
            return (now.Buckets.Sum() - (old?.Buckets.Sum() ?? 0), now.Errors - (old?.Errors ?? 0));
        }
    }

    [Fact]
    public async Task A_lock_that_is_held_is_seen_and_a_new_worker_is_counted()
    {
        using var share = new Share(Backing.Ext4);
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var file = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
        Assert.Equal(Errno.None, share.Fuse.Flock(node, file, Fcntl.F_WRLCK));
        var before = await share.Fsd!.Control.GetMetricsAsync();
        Assert.Equal((1, 0, 0), (before.Locks, before.LockWaiters, before.WorkerRestarts));

        using (var worker = PidFd.TryOpen(before.WorkerPid)!)
            Assert.True(worker.Kill(9));
        _ = share.Fuse.GetAttr(node).Value;
        var after = await share.Fsd.Control.GetMetricsAsync();
        Assert.Equal((1, 1, 1), (after.Locks, after.OpenFiles, after.WorkerRestarts));
        Assert.NotEqual(before.WorkerPid, after.WorkerPid);
        Assert.Equal(1, Of(after, "getattr").Buckets.Sum());
    }

    private static RequestMetrics Of(DaemonMetrics metrics, string opcode) => metrics.Requests.Single(request => request.Opcode == opcode);
}
