using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Locks;

/// <summary>Requests that wait for a lock: they hold up nobody, and end when the lock is free or nobody wants it any more.</summary>
public sealed class LockWaitTests
{
    private const uint Read = Fcntl.F_RDLCK;
    private const uint Write = Fcntl.F_WRLCK;
    private const uint None = Fcntl.F_UNLCK;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("unlock")]
    [InlineData("weaken")]
    [InlineData("close")]
    [InlineData("release")]
    public async Task A_waiting_request_is_answered_when_the_owner_in_the_way(string letsGo)
    {
        using var share = new Share(Backing.Ext4);
        var file = Open(share);
        var holder = new LockFile(share.Fuse, file.Node);
        Assert.Equal(Errno.None, holder.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, holder.Flock(Write));

        var posix = file.Wait(2, Read, 5, 50);
        var flock = file.WaitFlock(Read);
        AssertWaits(share, posix, flock);
        switch (letsGo)
        {
            case "unlock":
                Assert.Equal(Errno.None, holder.Lock(1, None, 5, 5));
                AssertWaits(share, posix, flock);
                Assert.Equal(Errno.None, holder.Lock(1, None));
                Assert.Equal(Errno.None, holder.Flock(None));
                break;
            case "weaken":
                Assert.Equal(Errno.None, holder.Lock(1, Read, 0, 9));
                Assert.Equal(Errno.None, holder.Flock(Read));
                break;
            case "close":
                Assert.Equal(Errno.None, share.Fuse.Flush(holder.Node, holder.Fh, 1));
                AssertWaits(share, flock);
                Assert.Equal(Errno.None, holder.Flock(None));
                break;
            default:
                Assert.Equal(Errno.None, share.Fuse.Release(holder.Node, holder.Fh));
                break;
        }

        Assert.Equal([Errno.None, Errno.None], await Task.WhenAll(posix, flock).WaitAsync(s_limit));
    }

    [Theory, EachBacking]
    public async Task A_request_waits_for_another_pod_and_for_a_host_process(Backing backing)
    {
        using var share = new Share(backing, new() { Coherency = CoherencyClass.Shared });
        var file = Open(share);
        using var pod = new Pod(share);
        using var host = new HostFile(share.At("a"));
        var other = pod.Open("a");
        Assert.Equal(Errno.None, other.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, host.Lock(Write, 10, 10));
        Assert.Equal(Errno.None, host.Flock(SysFile.LOCK_SH));

        var posix = file.Wait(2, Write, 0, 15);
        var flock = file.WaitFlock(Write);
        AssertWaits(share, posix, flock);
        Assert.Equal(Errno.None, other.Lock(1, None));
        AssertWaits(share, posix, flock);
        Assert.Equal(Errno.None, host.Lock(None));
        Assert.Equal(Errno.None, await posix.WaitAsync(s_limit));
        AssertWaits(share, flock);
        Assert.Equal(Errno.None, host.Flock(SysFile.LOCK_UN));
        Assert.Equal(Errno.None, await flock.WaitAsync(s_limit));

        Assert.Equal(Errno.EAGAIN, host.Lock(Read, 0, 1));
        Assert.Equal(Errno.EAGAIN, other.Flock(Read));
        Assert.Equal(Errno.None, share.Fuse.Flush(file.Node, file.Fh, 2));
        Assert.Equal(Errno.None, host.Lock(Read, 0, 1));
    }

    [Fact]
    public async Task Owners_that_would_wait_for_one_another_are_told()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        share.Put("b", "");
        var second = new LockFile(share.Fuse, share.Fuse.Lookup(share.Root, "b").Value.NodeId);
        Assert.Equal(Errno.None, file.Lock(1, Write));
        Assert.Equal(Errno.None, second.Lock(2, Write, 0, 9));
        Assert.Equal(Errno.None, second.Lock(3, Write, 10, 19));

        var two = file.Wait(2, Write);
        AssertWaits(share, two);
        var three = second.Wait(3, Write, 0, 9);
        AssertWaits(share, two, three);
        Assert.Equal(Errno.EDEADLK, second.Lock(1, Write, 10, 19, wait: true));
        Assert.Equal(Errno.EAGAIN, second.Lock(1, Write, 10, 19));

        Assert.Equal(Errno.None, share.Fuse.Flush(file.Node, file.Fh, 1));
        Assert.Equal(Errno.None, await two.WaitAsync(s_limit));
        Assert.Equal(Errno.None, share.Fuse.Flush(second.Node, second.Fh, 2));
        Assert.Equal(Errno.None, await three.WaitAsync(s_limit));
    }

    [Fact]
    public async Task INTERRUPT_ends_a_wait()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 0));
        Assert.Equal(Errno.None, host.Lock(Write, 1, 1));
        for (var range = 0ul; range < 2; range++)
        {
            var unique = share.Fuse.Session.NextUnique();
            var arguments = share.Fuse.LockArguments(file.Fh, 2, new(Write, range, range), flock: false);
            var waits = file.Send(arguments, unique);
            AssertWaits(share, waits);

            _ = share.Fuse.Interrupt(unique);

            Assert.Equal(Errno.EINTR, await waits.WaitAsync(s_limit));
        }
    }

    [Fact]
    public async Task A_new_session_ends_waits_and_locks()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, host.Lock(Write, 20, 1));
        Assert.Equal(Errno.None, host.Flock(SysFile.LOCK_EX));
        var waits = new[]
        {
            file.Wait(2, Write, 0, 9),
            file.Wait(3, Write, 20, 20),
            file.WaitFlock(Write),
        };
        AssertWaits(share, waits);

        Assert.Equal(Errno.None, share.Fuse.Init(new ShareOptions().InitFlags).Errno);

        Assert.All(await Task.WhenAll(waits).WaitAsync(s_limit), e => Assert.Equal(Errno.ESTALE, e));
        Assert.Equal(Errno.None, host.Lock(Write, 0, 100));
    }

    [Fact]
    public async Task An_export_is_removed_although_requests_wait_in_it()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, host.Lock(Write));
        var waits = file.Wait(1, Write);
        AssertWaits(share, waits);
        var clock = Stopwatch.StartNew();

        await share.Fsd!.Control.RemoveExportAsync("e");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), clock.Elapsed.ToString());
        Assert.Equal(Errno.ESTALE, await waits.WaitAsync(s_limit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_that_goes_away_leaves_no_locks_and_no_waits(bool disconnects)
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, file.Flock(Write));
        Assert.Equal(Errno.None, host.Lock(Write, 20, 1));
        _ = file.Post(share.Fuse.LockArguments(file.Fh, 2, new(Write), flock: false));
        Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);

        if (disconnects)
        {
            share.Device.Connection.Dispose();
            Assert.Equal(new ChildExit(0, Signalled: false), share.Process.WaitForExit(s_limit));
        }
        else
        {
            share.Device.Request(VhostUserRequest.ResetDevice, []);
        }

        Assert.Equal(Errno.None, host.Lock(Write, 0, 100));
        Assert.Equal(Errno.None, host.Flock(SysFile.LOCK_EX));
    }

    [Fact]
    public async Task Waits_are_bounded_and_never_fill_a_ring()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { QueueSize = 64 } });
        var file = Open(share);
        Assert.Equal(Errno.None, file.Lock(1, Write));
        var waits = Enumerable.Range(0, 16).Select(i => file.Wait(100 + (ulong)i, Read)).ToArray();
        AssertWaits(share, waits);

        Assert.Equal(Errno.ENOLCK, file.Lock(99, Read, wait: true));
        Assert.Equal(Errno.None, file.Lock(1, None));

        Assert.All(await Task.WhenAll(waits).WaitAsync(s_limit), e => Assert.Equal(Errno.None, e));
    }

    [Fact]
    public void Owners_are_bounded_and_those_without_locks_make_room()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        for (var owner = 1ul; owner <= 1024; owner++)
            Assert.Equal(Errno.None, file.Lock(owner, Read));

        Assert.Equal(Errno.ENOLCK, file.Lock(5000, Read));
        Assert.Equal(Errno.ENOLCK, file.Flock(Read));
        Assert.Equal(Errno.None, file.Lock(17, None));
        Assert.Equal(Errno.None, file.Lock(5000, Read));
        Assert.Equal(Errno.None, share.Fuse.Flush(file.Node, file.Fh, 18));
        Assert.Equal(Errno.None, file.Flock(Read));
    }

    [Fact]
    public void Ranges_are_bounded()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);
        for (var at = 0ul; at < 4096; at++)
            Assert.Equal(Errno.None, file.Lock(1, Write, at * 4, at * 4 + 2));

        Assert.Equal(Errno.ENOLCK, file.Lock(2, Read, 1_000_000, 1_000_001));
        Assert.Equal(Errno.ENOLCK, file.Lock(1, None, 1, 1));
        Assert.Equal(Errno.None, file.Lock(1, None, 0, 2));
        Assert.Equal(Errno.None, file.Lock(2, Read, 1_000_000, 1_000_001));
    }

    private static LockFile Open(Share share)
    {
        share.Put("a", "x");
        return new LockFile(share.Fuse, share.Fuse.Lookup(share.Root, "a").Value.NodeId);
    }

    // Other requests are served meanwhile, on the same queue and so after the waiting ones were looked at.
    private static void AssertWaits(Share share, params Task[] waits)
    {
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 50)
            Assert.Equal(Errno.None, share.Fuse.GetAttr(share.Root).Errno);
        Assert.DoesNotContain(waits, w => w.IsCompleted);
    }
}
