using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using KataShimNet.IntegrationTests.Confinement;
using KataShimNet.IntegrationTests.Setup;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Daemons;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Options;

/// <summary>virtiofsd's options for the processes, and the ones that are refused.</summary>
public sealed class ProcessOptionTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    [Fact]
    public void Modcaps_adds_and_takes_away()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--modcaps=+sys_admin:-mknod");

        foreach (var tid in daemon.Worker.Threads)
            Assert.Equal("00000000802000df", daemon.Worker.Status(tid, "CapPrm"));
    }

    [Fact]
    public void With_chroot_the_worker_has_an_empty_root_in_the_namespaces_of_the_host()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--sandbox=chroot");
        var here = new ProcessView(Environment.ProcessId);

        Assert.Equal(here.Namespace("mnt"), daemon.Worker.Namespace("mnt"));
        Assert.Empty(daemon.Worker.VisibleFiles);
        Assert.EndsWith("(deleted)", new FileInfo($"/proc/{daemon.Worker.Pid}/root").LinkTarget, StringComparison.Ordinal);
        Assert.Equal("2", daemon.Worker.Status(daemon.Worker.Pid, "Seccomp"));
        AssertServes(daemon);
    }

    [Fact]
    public void With_none_it_is_where_the_keeper_is_and_still_has_few_capabilities()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--sandbox=none", "--seccomp=none");

        Assert.Equal(new ProcessView(Environment.ProcessId).Namespace("pid"), daemon.Worker.Namespace("pid"));
        Assert.Equal("0", daemon.Worker.Status(daemon.Worker.Pid, "Seccomp"));
        Assert.Equal("00000000880000df", daemon.Worker.Status(daemon.Worker.Pid, "CapBnd"));
        AssertServes(daemon);
    }

    [Theory]
    [InlineData("log", 0x7ffc0000)]
    [InlineData("trap", 0x00030000)]
    public void Seccomp_can_do_less_than_kill(string mode, uint action)
    {
        using var daemon = ServingDaemon.Start(byShim: false, $"--seccomp={mode}");

        Assert.Equal(action, SeccompView.Read(daemon.Worker.Pid).Verdict(59, new ulong[6]));
        AssertServes(daemon);
    }

    [Fact]
    public void The_number_of_descriptors_is_limited()
    {
        using var daemon = ServingDaemon.Start(byShim: false, "--rlimit-nofile=512");

        var limit = File.ReadLines($"/proc/{daemon.Worker.Pid}/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        Assert.Equal(["512", "512"], limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5]);
    }

    [Fact]
    public void The_socket_is_open_for_a_group()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        Directory.CreateDirectory(folder.Location + "/shared");
        var socket = folder.Location + "/socket";
        using var daemon = new Daemon(Published.Fsd, ["--socket-path", socket, "--socket-group", "daemon", "--shared-dir", folder.Location + "/shared"]);
        using (VhostFrontEnd.VhostUser.VhostUserConnection.Connect(socket, s_limit))
        {
            var group = File.ReadLines("/etc/group").Single(l => l.StartsWith("daemon:", StringComparison.Ordinal)).Split(':')[2];
            Assert.Equal(group, Host.Stat(socket).Gid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(0x1B0u, Host.Mode(socket));
        }

        Assert.NotNull(daemon.WaitForExit(s_limit));
    }

    [Fact]
    public void What_management_software_may_use_is_printed_and_is_what_the_installed_descriptor_says()
    {
        using var daemon = new Daemon(Published.Fsd, ["--print-capabilities"]);

        Assert.Equal(new ChildExit(0, Signalled: false), daemon.WaitForExit(s_limit));
        using var printed = JsonDocument.Parse(daemon.Log);
        using var installed = JsonDocument.Parse(File.ReadAllText(Path.Combine(Published.RepositoryRoot, "deploy", "50-katanet-fsd.json")));
        Assert.Equal("fs", printed.RootElement.GetProperty("type").GetString());
        Assert.Equal("fs", installed.RootElement.GetProperty("type").GetString());
        Assert.Equal(
            installed.RootElement.GetProperty("features").EnumerateArray().Select(f => f.GetString()),
            printed.RootElement.GetProperty("features").EnumerateArray().Select(f => f.GetString()));
    }

    [Theory]
    [InlineData("--thread-pool-size=4", "more queues")]
    [InlineData("--uid-map=:0:1000:1:", "--translate-uid")]
    [InlineData("--gid-map=:0:1000:1:", "--translate-gid")]
    [InlineData("--migration-mode=find-paths", "cannot be migrated")]
    [InlineData("--migration-confirm-paths", "cannot be migrated")]
    [InlineData("--cache=sometimes", "auto, always, never, metadata")]
    [InlineData("--sandbox=tight", "namespace, chroot, none")]
    [InlineData("--seccomp=maybe", "none, kill, log, trap")]
    [InlineData("--modcaps=+nonsense", "is no capability")]
    [InlineData("--xattrmap=:ok:all:", "ends too early")]
    [InlineData("--translate-uid=map:1:2", "takes 3")]
    [InlineData("--posix-acl=auto --translate-uid=map:0:1:2", "exclude one another")]
    [InlineData("--killpriv-v2 --no-killpriv-v2", "exclude one another")]
    [InlineData("--allow-mmap", "--cache=never")]
    [InlineData("--no-shared-maps", "--control-fd")]
    [InlineData("--socket-group=no-such-group-here", "no such group")]
    [InlineData("--rlimit-nofile=99999999999", "nr_open")]
    [InlineData("-o timeout=1", "there is no such option")]
    [InlineData("-o", "-o needs options")]
    public void What_cannot_be_honoured_is_refused_with_a_reason(string options, string reason)
    {
        var socket = $"/tmp/katanet-it-refused-{Guid.NewGuid():N}";
        using var daemon = new Daemon(Published.Fsd, ["--socket-path", socket, "--shared-dir", "/", .. options.Split(' ')]);

        var exit = daemon.WaitForExit(s_limit);

        Assert.True(exit is { Signalled: false, Code: > 0 }, $"{exit}");
        Assert.Contains(reason, daemon.Log, StringComparison.Ordinal);
        Assert.False(Host.Exists(socket), "the socket file is left behind");
    }

    [Fact]
    public void The_older_form_of_options_is_understood()
    {
        using var folder = new BackingFolder(Backing.Ext4);
        Directory.CreateDirectory(folder.Location + "/shared");
        var socket = folder.Location + "/socket";
        using var daemon = new Daemon(
            Published.Fsd, ["-f", "-d", "--socket", socket, "-o", $"source={folder.Location}/shared,cache=none,xattr", "-ologlevel=warn"]);
        using (var device = new VhostFrontEnd.VhostUser.FrontEnd(VhostFrontEnd.VhostUser.VhostUserConnection.Connect(socket, s_limit)).Start())
        {
            var fuse = new FuseClient(device);
            _ = fuse.Init().Value;
            Assert.Equal(TimeSpan.Zero, fuse.Mkdir(FuseValues.RootId, "d", 0x1ED).Value.EntryValid);
            Assert.Equal(Errno.None, fuse.SetXattr(FuseValues.RootId, "user.a", "1"u8));
        }

        Assert.NotNull(daemon.WaitForExit(s_limit));
    }

    [Fact]
    public void Options_of_the_directory_are_refused_for_exports()
    {
        using var daemon = new Daemon(Published.Fsd, ["--fd", "77", "--control-fd", "78", "--cache=always"]);

        Assert.Equal(new ChildExit(2, Signalled: false), daemon.WaitForExit(s_limit));
        Assert.Contains("--cache is for --shared-dir", daemon.Log, StringComparison.Ordinal);
    }

    private static void AssertServes(ServingDaemon daemon)
    {
        Assert.Equal(Errno.None, daemon.Fuse.As(1000, 1000).Mkdir(FuseValues.RootId, "made", 0x1ED).Errno);
        Assert.Equal(1000u, Host.Stat(daemon.At("made")).Uid);
    }
}
