using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Fsd.Coherency.Guard;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.UnitTests.Fsd.Coherency.Peers;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Guard;

/// <summary>Processes of the host that cut a file which a guest maps: the kernel's real events, on a file of the build's file system.</summary>
public sealed class TruncationGuardTests : IDisposable
{
    private readonly string _path = Path.Combine(AppContext.BaseDirectory, $"guarded-{Guid.NewGuid():N}");
    private readonly TestNode _node = new();
    private readonly WindowNotes _notes = new();
    private readonly TestNode.TestDaemon _daemon;
    private readonly TruncationGuard _guard;
    private readonly OwnedFd _file;

    public TruncationGuardTests()
    {
        File.WriteAllText(_path, new string('a', 20_000));
        _daemon = _node.Start(_notes);
        _file = OwnedFd.FromCall(Fcntl.openat(Fcntl.AT_FDCWD, _path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0), "open");
        Assert.Equal(Errno.None, _daemon.Cuts.Enter(Identity()));
        _guard = TruncationGuard.Create(_daemon.Cuts, NullLogger.Instance);
        _guard.Start();
    }

    public void Dispose()
    {
        _guard.Unwatch(_file.Fd);
        _guard.Dispose();
        _file.Dispose();
        _node.Dispose();
        File.Delete(_path);
    }

    [Theory]
    [InlineData("truncate -s 5000 \"$0\"", 5000)]
    [InlineData(": > \"$0\"", 0)]
    [InlineData("fallocate -c -o 0 -l 4096 \"$0\"", 15904)]
    public void TheMapsAreSwappedBeforeTheFileIsCut(string command, long end)
    {
        if (!Watch())
            return;
        var before = -1L;
        _notes.Before = () => before = new FileInfo(_path).Length;
        Assert.Equal(0, Shell(command));
        Assert.Equal(("scratch", end, long.MaxValue), Assert.Single(_notes.Calls));
        Assert.Equal((20_000, end), (before, new FileInfo(_path).Length));
        _notes.Before = null;
    }

    [Fact]
    public void WhatTheHostAppendsIsPutBackWithoutAnybodyAsking()
    {
        if (!Watch())
            return;
        // The file grows in several writes. What lies in the last page that was put back needs no other call.
        const long lastPage = (5000 + 30_000) & ~4095L;
        Assert.Equal(0, Shell("truncate -s 5000 \"$0\""));
        Assert.Equal(0, Shell("head -c 30000 /dev/zero >> \"$0\""));
        Assert.True(SpinWait.SpinUntil(() => _notes.Last.Call == "restore" && _notes.Last.To > lastPage, TimeSpan.FromMinutes(1)), _notes.Last.ToString());
    }

    [Fact]
    public void WhoOnlyReadsWritesOrPunchesIsLetThrough()
    {
        if (!Watch())
            return;
        Assert.Equal(0, Shell("cat \"$0\" > /dev/null && printf x >> \"$0\" && dd if=/dev/zero of=\"$0\" bs=100 count=1 conv=notrunc status=none && fallocate -p -o 0 -l 4096 \"$0\" && truncate -s 40000 \"$0\""));
        Assert.Empty(_notes.Calls);
    }

    [Fact]
    public void ACutThatCannotBePreparedIsRefused()
    {
        if (!Watch())
            return;
        _notes.Stopped = true;
        Assert.NotEqual(0, Shell("truncate -s 0 \"$0\""));
        Assert.Equal(20_000, new FileInfo(_path).Length);
        _notes.Stopped = false;
        Assert.Equal(0, Shell("truncate -s 0 \"$0\""));
    }

    [Fact]
    public void WhatADaemonHasPreparedIsLetThrough()
    {
        if (!Watch())
            return;
        Assert.Equal(Errno.None, _daemon.Cuts.Begin(Identity(), 5_000, _file.Fd));
        Assert.Single(_notes.Calls);
        Assert.Equal(0, Shell("truncate -s 5000 \"$0\""));
        Assert.Equal(Errno.None, _daemon.Cuts.End(Identity(), _file.Fd));
        Assert.Single(_notes.Calls);
    }

    [Fact]
    public async Task WhatADaemonIsStillPreparingIsHeldBackUntilItHas()
    {
        if (!Watch())
            return;
        // A guest's cut to 5,000 bytes, by another daemon: the first one's guest has not let go of them yet when a process cuts as much.
        using var asked = new ManualResetEventSlim();
        using var let = new ManualResetEventSlim();
        var before = -1L;
        _notes.Before = () =>
        {
            asked.Set();
            let.Wait();
            before = new FileInfo(_path).Length;
        };
        var other = _node.Start();
        var cut = Task.Run(() => other.Cuts.Begin(Identity(), 5_000, _file.Fd));
        asked.Wait(TestContext.Current.CancellationToken);
        using var process = Begin("truncate -s 5000 \"$0\"");
        Assert.False(process.WaitForExit(TimeSpan.FromMilliseconds(500)), "it was cut while a guest could reach it");
        _notes.Before = null;
        let.Set();
        Assert.Equal(Errno.None, await cut);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the guard does not let go of it");
        Assert.Equal((0, 20_000), (process.ExitCode, before));
        Assert.Equal(Errno.None, other.Cuts.End(Identity(), _file.Fd));
    }

    // Where the file system or the kernel has no such events, that is said; there is nothing to test then.
    private bool Watch()
    {
        Statfs fileSystem;
        unsafe
        {
            Assert.Equal(0, SysStatfs.fstatfs(_file.Fd, &fileSystem));
        }

        var able = fileSystem.Type is 0xef53 or 0x58465342 or 0x9123683e && Environment.OSVersion.Version >= new Version(6, 14);
        Assert.Equal(able, _guard.Watch(_file.Fd));
        return able;
    }

    private int Shell(string command)
    {
        using var process = Begin(command);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the guard does not let go of it");
        return process.ExitCode;
    }

    private Process Begin(string command) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command, _path]) { RedirectStandardError = true })!;

    private unsafe FileIdentity Identity()
    {
        Statx statx;
        Assert.Equal(0, HostFile.Stat(_file.Fd, &statx));
        return new FileIdentity(statx.DevMajor, statx.DevMinor, statx.Inode);
    }
}
