using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.IntegrationTests.Locks;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.IntegrationTests.Resume;

/// <summary>Requests that take long: workers die on them, and queues are stopped with them.</summary>
public sealed class HangingRequestTests
{
    private const uint Write = Fcntl.F_WRLCK;

    [Fact]
    public async Task A_request_on_which_workers_die_again_and_again_is_answered_with_EIO_and_all_goes_on()
    {
        using var share = new Share(Backing.Ext4, new() { FrontEnd = new() { RequestQueues = 2 } });
        var killer = new Killer(share);
        share.Put("a", "x");
        using var lease = new Lease(share.At("a"));
        var request = Task.Run(() => share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR, 0x81A4).Errno);
        var other = share.Fuse with { Queue = 2 };

        var kills = 0;
        for (; kills < 30 && !await EndsWithin(request, TimeSpan.FromMilliseconds(20)); kills++)
        {
            killer.KillAndAwaitNext();
            Assert.Equal(Errno.None, other.GetAttr(share.Root).Errno);
        }

        Assert.Equal(Errno.EIO, await request);
        Assert.True(kills >= 5, $"after {kills} deaths");
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        Assert.Contains("again and again", share.Process.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_is_stopped_without_a_request_that_hangs_and_gives_it_back_when_it_goes_on()
    {
        using var share = new Share(Backing.Ext4, new() { FrontEnd = new() { RequestQueues = 2 } });
        share.Put("a", "x");
        var queue = share.Device.Queues[1];
        Task<Errno> request;
        uint stoppedAt;
        using (var lease = new Lease(share.At("a")))
        {
            request = Task.Run(() => share.Fuse.Create(share.Root, "a", Fcntl.O_RDWR, 0x81A4).Errno);
            Assert.True(SpinWait.SpinUntil(() => lease.IsAskedFor, TimeSpan.FromSeconds(5)));
            Assert.Equal(Errno.None, (share.Fuse with { Queue = 2 }).GetAttr(share.Root).Errno);
            var clock = Stopwatch.StartNew();
            stoppedAt = share.Device.StopQueue(queue);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"the queue took {clock.Elapsed} to stop");
            Assert.Equal(queue.Ring.AvailIndex, stoppedAt);
        }

        share.Device.StartQueue(queue, stoppedAt);

        Assert.True(await EndsWithin(request, TimeSpan.FromSeconds(5)), "the request never came back");
        Assert.Equal(Errno.None, await request);
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
    }

    [Fact]
    public async Task A_pause_and_a_death_together_lose_no_request()
    {
        using var share = new Share(Backing.Tmpfs);
        share.Put("a", "x");
        var killer = new Killer(share);
        var (holder, waiter) = (Open(share), Open(share));
        Assert.Equal(Errno.None, holder.Lock(1, Write));
        var request = Task.Run(() => waiter.Lock(2, Write, wait: true));
        var queue = share.Device.Queues[1];
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);

        for (var i = 0; i < 3; i++)
        {
            var stoppedAt = share.Device.StopQueue(queue);
            killer.KillAndAwaitNext();
            Assert.Equal(stoppedAt, share.Device.StopQueue(queue));
            share.Device.StartQueue(queue, stoppedAt);
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        }

        Assert.False(request.IsCompleted);
        Assert.Equal(Errno.None, holder.Lock(1, Fcntl.F_UNLCK));
        Assert.True(await EndsWithin(request, TimeSpan.FromSeconds(5)), "who waited got no lock");
        Assert.Equal(Errno.None, await request);
    }

    [Fact]
    public async Task Locks_that_are_held_and_locks_that_are_waited_for_outlive_workers()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = 2 } });
        share.Put("a", "x");
        var killer = new Killer(share);
        var file = Open(share);
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, file.Flock(Write));
        var waiter = Open(share);
        var posix = Task.Run(() => waiter.Lock(2, Write, 5, 15, wait: true));
        using var host = new HostFile(share.At("a"));

        // More often than what dies on one request is given up: one that only waits is not to blame.
        for (var i = 0; i < 8; i++)
        {
            killer.KillAndAwaitNext();
            Assert.Equal(Errno.EAGAIN, host.Lock(Write, 0, 1));
            Assert.Equal(Errno.EAGAIN, host.Flock(SysFile.LOCK_EX));
            Assert.Equal(Errno.EAGAIN, file.Lock(3, Write, 3, 4));
        }

        Assert.False(posix.IsCompleted);
        Assert.Equal(Errno.None, file.Lock(1, Fcntl.F_UNLCK, 0, 9));
        Assert.True(await EndsWithin(posix, TimeSpan.FromSeconds(5)), "who waited got no lock");
        Assert.Equal(Errno.None, await posix);
        Assert.Equal(Errno.None, file.Flock(Fcntl.F_UNLCK));
        Assert.Equal(Errno.None, host.Flock(SysFile.LOCK_EX));
    }

    private static async Task<bool> EndsWithin(Task request, TimeSpan limit) => await Task.WhenAny(request, Task.Delay(limit)) == request;

    private static LockFile Open(Share share) => new(share.Fuse, share.Fuse.Lookup(share.Root, "a").Value.NodeId);
}
