using KataShimNet.AgentProto.FsdControl;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Locks;

public sealed class LockTests
{
    private const uint Read = Fcntl.F_RDLCK;
    private const uint Write = Fcntl.F_WRLCK;
    private const uint None = Fcntl.F_UNLCK;

    [Theory, EachBacking]
    public void Owners_exclude_one_another_through_one_handle_and_through_several(Backing backing)
    {
        using var share = new Share(backing);
        var file = Open(share);
        var other = new LockFile(share.Fuse, file.Node);

        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.EAGAIN, file.Lock(2, Write, 5, 20));
        Assert.Equal(Errno.EAGAIN, other.Lock(2, Read, 9, 9));
        Assert.Equal(Errno.None, other.Lock(2, Write, 10, 20));
        Assert.Equal(Errno.None, other.Lock(1, Write, 3, 5));
        Assert.Equal(Errno.None, file.Lock(1, None, 4, 6));
        Assert.Equal(Errno.None, file.Lock(2, Write, 4, 6));
        Assert.Equal(Errno.EAGAIN, file.Lock(2, Read, 7, 7));
        Assert.Equal(Errno.None, file.Lock(1, Read, 0, 3));
        Assert.Equal(Errno.None, file.Lock(3, Read, 0, 3));
        Assert.Equal(Errno.EAGAIN, file.Lock(1, Write, 0, 3));
    }

    [Theory, EachBacking]
    public void GETLK_tells_what_is_in_the_way(Backing backing)
    {
        using var share = new Share(backing);
        var file = Open(share);
        _ = share.Fuse.SetLk(file.Node, file.Fh, 1, new(Read, 10, 19, Pid: 77));
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, host.Lock(Write, 100, 0));

        Assert.Equal(new FuseLock(Read, 10, 19, 77), share.Fuse.GetLk(file.Node, file.Fh, 2, new(Write, 15, 50)).Value);
        Assert.Equal(None, share.Fuse.GetLk(file.Node, file.Fh, 2, new(Read, 15, 50)).Value.Type);
        Assert.Equal(None, share.Fuse.GetLk(file.Node, file.Fh, 1, new(Write, 15, 50)).Value.Type);
        Assert.Equal(new FuseLock(Write, 100), share.Fuse.GetLk(file.Node, file.Fh, 1, new(Read, 15, 200)).Value);
        Assert.Equal(Errno.EINVAL, share.Fuse.GetLk(file.Node, file.Fh, 1, new(None)).Errno);
    }

    [Theory, EachBacking]
    public void Pods_and_host_processes_are_excluded_too(Backing backing)
    {
        using var share = new Share(backing, new() { Coherency = CoherencyClass.Shared });
        var file = Open(share);
        using var pod = new Pod(share);
        using var host = new HostFile(share.At("a"));
        var other = pod.Open("a");

        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, file.Flock(Write));
        Assert.Equal(Errno.EAGAIN, other.Lock(1, Read, 0, 0));
        Assert.Equal(Errno.EAGAIN, other.Flock(Read));
        Assert.Equal(Errno.EAGAIN, host.Lock(Read, 0, 10));
        Assert.Equal(Errno.EAGAIN, host.Flock(SysFile.LOCK_SH));

        Assert.Equal(Errno.None, file.Lock(1, None));
        Assert.Equal(Errno.None, file.Flock(None));
        Assert.Equal(Errno.None, host.Lock(Write, 0, 10));
        Assert.Equal(Errno.EAGAIN, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, other.Flock(Read));
        Assert.Equal(Errno.None, file.Flock(Read));
        Assert.Equal(Errno.EAGAIN, host.Flock(SysFile.LOCK_EX));
    }

    [Theory, EachBacking]
    public void A_close_by_an_owner_ends_its_locks_and_no_others(Backing backing)
    {
        using var share = new Share(backing);
        var file = Open(share);
        var again = new LockFile(share.Fuse, file.Node);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, file.Lock(2, Write, 10, 19));
        Assert.Equal(Errno.None, file.Flock(Read));

        // Of any descriptor of that file, not the one that locked.
        again.Close(1);

        Assert.Equal(Errno.None, host.Lock(Write, 0, 10));
        Assert.Equal(Errno.EAGAIN, host.Lock(Write, 10, 1));
        Assert.Equal(Errno.EAGAIN, host.Flock(SysFile.LOCK_EX));
        Assert.Equal(Errno.None, share.Fuse.Flush(file.Node, file.Fh, 2));
        Assert.Equal(Errno.None, host.Lock(Write, 10, 1));
    }

    [Theory, EachBacking]
    public void RELEASE_ends_flock_and_the_locks_of_an_open_file(Backing backing)
    {
        using var share = new Share(backing);
        var file = Open(share);
        var other = new LockFile(share.Fuse, file.Node);
        using var host = new HostFile(share.At("a"));
        Assert.Equal(Errno.None, file.Lock(1, Write, 0, 9));
        Assert.Equal(Errno.None, other.Lock(2, Write, 10, 19));
        Assert.Equal(Errno.None, file.Flock(Write));
        Assert.Equal(Errno.EAGAIN, other.Flock(Read));

        Assert.Equal(Errno.None, share.Fuse.Release(file.Node, file.Fh, releaseFlags: FuseValues.ReleaseFlockUnlock));

        Assert.Equal(Errno.None, other.Flock(Read));
        Assert.Equal(Errno.None, host.Lock(Write, 0, 10));
        Assert.Equal(Errno.EAGAIN, host.Lock(Write, 10, 1));
    }

    [Theory, EachBacking]
    public void A_kind_of_lock_needs_a_file_opened_for_it(Backing backing)
    {
        using var share = new Share(backing);
        var node = Open(share).Node;
        var reading = new LockFile(share.Fuse, node, Fcntl.O_RDONLY);
        var writing = new LockFile(share.Fuse, node);

        Assert.Equal(Errno.EBADF, reading.Lock(1, Write));
        Assert.Equal(Errno.None, reading.Lock(1, Read, 0, 99));
        Assert.Equal(Errno.None, reading.Lock(1, None, 50, 59));
        // The same owner comes with another handle: what it has stays.
        Assert.Equal(Errno.None, writing.Lock(1, Write, 200, 210));
        Assert.Equal(Errno.EAGAIN, writing.Lock(2, Write, 0, 0));
        Assert.Equal(Errno.EAGAIN, writing.Lock(2, Read, 205, 205));
        Assert.Equal(Errno.None, writing.Lock(2, Write, 50, 59));
        Assert.Equal(Errno.None, reading.Flock(Write));
    }

    [Fact]
    public void Of_an_export_that_nobody_writes_locks_for_reading_cost_nothing()
    {
        using var share = new Share(Backing.Tmpfs, new() { Coherency = CoherencyClass.Static });
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;
        var file = new LockFile(share.Fuse, node, Fcntl.O_RDONLY);
        var other = new LockFile(share.Fuse, node, Fcntl.O_RDONLY);

        Assert.Equal(Errno.None, file.Lock(1, Read));
        Assert.Equal(Errno.EBADF, file.Lock(1, Write));
        Assert.Equal(None, share.Fuse.GetLk(node, file.Fh, 2, new(Write)).Value.Type);
        Assert.Equal(Errno.None, file.Flock(Write));
        Assert.Equal(Errno.EAGAIN, other.Flock(Write));
    }

    [Theory]
    [InlineData(InitFlags.None, false)]
    [InlineData(InitFlags.PosixLocks, true)]
    public void A_guest_that_locks_here_tells_of_every_close(InitFlags locks, bool flushes)
    {
        using var share = new Share(Backing.Tmpfs, new() { InitFlags = (new ShareOptions().InitFlags & ~InitFlags.PosixLocks) | locks });
        share.Put("a", "x");
        var node = share.Fuse.Lookup(share.Root, "a").Value.NodeId;

        var flags = share.Fuse.Open(node, Fcntl.O_RDWR).Value.Flags;

        Assert.Equal(flushes, (flags & FuseValues.OpenNoFlush) == 0);
    }

    [Fact]
    public void Malformed_locks_are_refused()
    {
        using var share = new Share(Backing.Tmpfs);
        var file = Open(share);

        Assert.Equal(Errno.EINVAL, file.Lock(1, Write, 5, 4));
        Assert.Equal(Errno.EINVAL, file.Lock(1, Write, 0, ulong.MaxValue));
        Assert.Equal(Errno.EINVAL, file.Lock(1, 3));
        Assert.Equal(Errno.EBADF, share.Fuse.SetLk(file.Node, file.Fh + 8, 1, new(Write)));
        Assert.Equal(Errno.EBADF, share.Fuse.SetLk(share.Root, file.Fh, 1, new(Write)));
        Assert.Equal(Errno.None, file.Lock(1, Write, long.MaxValue, long.MaxValue));
        Assert.Equal(Errno.None, file.Lock(1, None, 7, 7));
    }

    private static LockFile Open(Share share)
    {
        share.Put("a", "x");
        return new LockFile(share.Fuse, share.Fuse.Lookup(share.Root, "a").Value.NodeId);
    }
}
