using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.VhostUser;
using Xunit;

namespace KataShimNet.IntegrationTests.Life;

public sealed class EndTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    [Fact]
    public void Keeper_and_worker_are_two_processes_and_two_more_only_wait()
    {
        using var share = new Share(Backing.Tmpfs);

        Assert.Equal(["fsd-holder", "fsd-init", "fsd-worker", "katanet-fsd"], share.Process.Processes().Select(NameOf).Order());
    }

    [Fact]
    public void The_daemon_ends_when_the_front_end_disconnects()
    {
        using var share = new Share(Backing.Tmpfs);
        var processes = share.Process.Processes();
        _ = share.Fuse.Create(share.Root, "open", Fcntl.O_RDWR, 0x81A4).Value;

        share.Device.Connection.Dispose();

        Assert.Equal(new ChildExit(0, Signalled: false), share.Process.WaitForExit(s_limit));
        AssertGone(processes);
    }

    [Fact]
    public void The_daemon_ends_when_the_shim_is_gone()
    {
        using var share = new Share(Backing.Tmpfs);
        var processes = share.Process.Processes();

        share.Fsd!.Control.Dispose();

        Assert.NotNull(share.Process.WaitForExit(s_limit));
        AssertGone(processes);
    }

    [Fact]
    public void The_daemon_ends_with_requests_in_flight()
    {
        using var share = new Share(Backing.Tmpfs, new() { FrontEnd = new() { RequestQueues = 2, QueueSize = 1024 } });
        var processes = share.Process.Processes();
        var table = share.Device.Memory.Allocate(4096);
        share.Fuse.Request(FuseOpcode.GetAttr, share.Root, new byte[16]).CopyTo(share.Device.Memory.Span(table, 56));
        for (var i = 0; i < 200; i++)
            _ = share.Device.Queues[1 + i % 2].Submit([new(table, 56, false), new(table + 128, 120, true)]);

        share.Device.Connection.Dispose();

        Assert.NotNull(share.Process.WaitForExit(s_limit));
        AssertGone(processes);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(15)]
    public void A_signal_to_the_keeper_ends_both(int signal)
    {
        using var share = new Share(Backing.Tmpfs);
        var processes = share.Process.Processes();

        share.Process.Kill(signal);

        Assert.NotNull(share.Process.WaitForExit(s_limit));
        AssertGone(processes);
    }

    [Fact]
    public void Stand_alone_it_serves_one_folder_on_a_socket_path_and_removes_the_socket()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        Directory.CreateDirectory(folder.Location + "/shared");
        File.WriteAllText(folder.Location + "/shared/a", "x");
        var socket = folder.Location + "/socket";
        using var daemon = new Daemon(Published.Fsd, ["--socket-path", socket, "--shared-dir", folder.Location + "/shared", "--tag", "mytag"]);
        using (var device = new FrontEnd(VhostUserConnection.Connect(socket, TimeSpan.FromSeconds(5))).Start())
        {
            LeakCheck.Watch(daemon);
            var fuse = new FuseClient(device);
            _ = fuse.Init().Value;
            Assert.Equal(("mytag", 1u), device.GetConfig());
            var node = fuse.Lookup(FuseValues.RootId, "a").Value.NodeId;
            var fh = fuse.Open(node, Fcntl.O_RDWR).Value.Fh;
            Assert.Equal("x"u8.ToArray(), fuse.Read(node, fh, 0, 10).Value);
            Assert.Equal(Errno.None, fuse.Mkdir(FuseValues.RootId, "d", 0x1ED).Errno);
            Assert.True(Directory.Exists(folder.Location + "/shared/d"));
            Assert.NotEqual(Errno.None, fuse.Lookup(FuseValues.RootId, "..").Errno);
        }

        Assert.Equal(new ChildExit(0, Signalled: false), daemon.WaitForExit(s_limit));
        Assert.False(Host.Exists(socket), "the socket file is left behind");
    }

    [Fact]
    public void With_keep_listening_each_front_end_begins_with_nothing_and_SIGTERM_ends_the_daemon()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        Directory.CreateDirectory(folder.Location + "/shared");
        File.WriteAllText(folder.Location + "/shared/a", "x");
        var socket = folder.Location + "/socket";
        using var daemon = new Daemon(
            Published.Fsd, ["--socket-path", socket, "--shared-dir", folder.Location + "/shared", "--tag", "t", "--keep-listening"]);
        (ulong Node, ulong Fh) last = default;
        for (var i = 0; i < 3; i++)
        {
            using var device = new FrontEnd(VhostUserConnection.Connect(socket, TimeSpan.FromSeconds(5))).Start();
            LeakCheck.Watch(daemon);
            var fuse = new FuseClient(device);
            _ = fuse.Init().Value;
            if (i > 0)
                Assert.NotEqual(Errno.None, fuse.Read(last.Node, last.Fh, 0, 10).Errno);
            var node = fuse.Lookup(FuseValues.RootId, "a").Value.NodeId;
            last = (node, fuse.Open(node, Fcntl.O_RDWR).Value.Fh);
            Assert.Equal(Errno.None, fuse.Flock(node, last.Fh, Fcntl.F_WRLCK));
            // It may be gone in the moment in which its worker dies.
            if (i == 1)
                Process.GetProcessById(daemon.Processes().Single(pid => NameOf(pid) == "fsd-worker")).Kill();
        }

        Assert.True(daemon.Kill(15));
        Assert.Equal(new ChildExit(0, Signalled: false), daemon.WaitForExit(s_limit));
        Assert.False(Host.Exists(socket), "the socket file is left behind");
    }

    [Theory]
    [InlineData("")]
    [InlineData("--fd 77 --control-fd 78")]
    [InlineData("--socket-path /tmp/katanet-it-none")]
    [InlineData("--socket-path /nonexistent/s --shared-dir /")]
    [InlineData("--socket-path /tmp/katanet-it-none --shared-dir /nonexistent")]
    [InlineData("--unknown-option")]
    public void A_command_line_that_makes_no_sense_is_explained(string arguments)
    {
        using var daemon = new Daemon(Published.Fsd, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        var exit = daemon.WaitForExit(TimeSpan.FromSeconds(3));

        Assert.True(exit is { Signalled: false, Code: > 0 }, $"{exit}");
        Assert.NotEqual("", daemon.Log.Trim());
        var left = Host.Exists("/tmp/katanet-it-none");
        File.Delete("/tmp/katanet-it-none");
        Assert.False(left, "the socket file is left behind");
    }

    private static string NameOf(int pid) => File.ReadAllText($"/proc/{pid}/comm").TrimEnd();

    // The kernel tears a process down after its parent was told: a process may be seen for a moment longer.
    private static void AssertGone(IReadOnlyList<int> processes)
    {
        Assert.True(processes.Count >= 2, "keeper and worker");
        var clock = Stopwatch.StartNew();
        var left = processes.ToList();
        while (left.Count > 0 && clock.Elapsed < s_limit)
        {
            left.RemoveAll(pid => !IsAlive(pid));
            Thread.Yield();
        }

        Assert.Empty(left);
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            // Its memory is gone: what is left waits for whoever reaps orphans on this machine, which may take its time.
            return File.ReadAllText($"/proc/{pid}/statm") is not ['0', ' ', ..];
        }
        catch (IOException)
        {
            return false;
        }
    }
}
