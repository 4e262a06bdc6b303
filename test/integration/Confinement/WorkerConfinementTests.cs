using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Confinement;

/// <summary>What a running worker can still do, asked of the kernel. A list that grows has to be grown here too, with a thought.</summary>
public sealed class WorkerConfinementTests
{
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SETGID, SETUID, MKNOD, SETFCAP.
    private const string Capabilities = "00000000880000df";

    private static readonly string[] s_namespaces = ["mnt", "pid", "net", "ipc", "uts", "cgroup"];

    // Allowed whatever the arguments. 254 and 255, inotify_add_watch and inotify_rm_watch: it has an instance only where files are mapped for a guest that
    // can be asked, and names only what its descriptors lead to.
    private static readonly int[] s_free =
    [
        0, 1, 3, 5, 7, 8, 11, 12, 13, 14, 15, 17, 18, 20, 24, 25, 28, 35, 39, 46, 47, 60, 72, 73, 74, 75, 77, 81, 91, 93, 95, 97, 98, 99,
        122, 123, 125, 126, 131, 138, 186, 188, 190, 191, 193, 194, 196, 197, 199, 202, 203, 204, 217, 219, 228, 229, 230, 231, 234,
        239, 254, 255, 257, 258, 259, 260, 262, 263, 264, 265, 266, 267, 268, 271, 273, 280, 285, 290, 295, 296, 303, 304, 306, 309, 316, 318, 324,
        326, 327, 328, 332, 334, 437, 452,
    ];

    // Allowed with certain arguments: mmap, mprotect, ioctl, clone, prctl, unshare, prlimit64.
    private static readonly int[] s_limited = [9, 10, 16, 56, 157, 272, 302];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_thread_has_more_than_a_file_server_needs(bool byShim)
    {
        using var daemon = ServingDaemon.Start(byShim);
        var worker = daemon.Worker;

        Assert.True(worker.Threads.Count >= 4, "main thread, finalizer, exports, a queue");
        foreach (var tid in worker.Threads)
        {
            Assert.Equal(Capabilities, worker.Status(tid, "CapPrm"));
            Assert.Equal(Capabilities, worker.Status(tid, "CapEff"));
            Assert.Equal(Capabilities, worker.Status(tid, "CapBnd"));
            Assert.Equal(0, Convert.ToInt64(worker.Status(tid, "CapInh") + worker.Status(tid, "CapAmb").TrimStart('0'), 16));
            Assert.Equal("1", worker.Status(tid, "NoNewPrivs"));
            Assert.Equal("2", worker.Status(tid, "Seccomp"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_sees_no_file_no_process_and_no_network(bool byShim)
    {
        using var daemon = ServingDaemon.Start(byShim);
        var worker = daemon.Worker;
        var here = new ProcessView(Environment.ProcessId);

        foreach (var type in s_namespaces)
            Assert.NotEqual(here.Namespace(type), worker.Namespace(type));
        Assert.Empty(worker.VisibleFiles);
        // Stand-alone, what it serves is mounted there as well, so that it goes on to receive what the host mounts below.
        var served = worker.Mounts.Where(m => m.Split(' ')[3].EndsWith("/shared", StringComparison.Ordinal)).ToArray();
        Assert.Equal(byShim ? 0 : 1, served.Length);
        Assert.Contains(" / / ro,nosuid,nodev,noexec", Assert.Single(worker.Mounts.Except(served)), StringComparison.Ordinal);
        Assert.Equal(["/"], worker.WorkingDirectories.Distinct());
        Assert.Equal(["lo"], File.ReadLines($"/proc/{worker.Pid}/net/dev").Skip(2).Select(l => l.Split(':')[0].Trim()));
        // Its own process, one that has the same files and no right, and the namespace's first one, which has only the pipe at whose end it ends.
        Assert.Equal(["fsd-holder", "fsd-init", "fsd-worker"], daemon.Process.Processes().Select(p => new ProcessView(p))
            .Where(p => p.Namespace("pid") == worker.Namespace("pid")).Select(p => p.Name).Order());
        Assert.Equal("0000000000000000", daemon.Named("fsd-holder").Status(daemon.Named("fsd-holder").Pid, "CapPrm"));
        Assert.Equal("0000000000000000", daemon.Named("fsd-init").Status(daemon.Named("fsd-init").Pid, "CapPrm"));
        // Nobody waits for it to have closed what it need not have, so that may take it a moment.
        var held = daemon.Named("fsd-init").DescriptorTargets;
        Assert.True(SpinWait.SpinUntil(() => (held = daemon.Named("fsd-init").DescriptorTargets).Count == 1, TimeSpan.FromSeconds(10)), string.Join(' ', held));
        var pipe = held[0];
        Assert.StartsWith("pipe:", pipe, StringComparison.Ordinal);
        // A second holder of the write end would keep it alive without the keeper: the worker and its holder have none.
        Assert.Equal(["fsd-init", "katanet-fsd"], daemon.Process.Processes().Select(p => new ProcessView(p))
            .Where(p => p.DescriptorTargets.Contains(pipe)).Select(p => p.Name).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_lies_above_the_directories_that_it_holds(bool byShim)
    {
        using var daemon = ServingDaemon.Start(byShim);

        Assert.Empty(daemon.Worker.DirectoriesAbove());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_system_calls_are_these_and_every_other_ends_it(bool byShim)
    {
        using var daemon = ServingDaemon.Start(byShim);
        var one = SeccompView.Read(daemon.Worker.Pid);
        Assert.Empty(one.Allowed(whateverTheArguments: true).Except(s_free));
        Assert.Empty(one.Allowed(whateverTheArguments: false).Except([.. s_free, .. s_limited]));
        Assert.All(daemon.Worker.Threads, tid => Assert.True(one.IsSameAs(SeccompView.Read(tid)), $"thread {tid} has another filter"));
        Assert.Equal(SeccompView.KillProcess, one.Verdict(59, new ulong[6]));
        Assert.Equal(SeccompView.KillProcess, one.Verdict(0, new ulong[6], architecture: 0x40000003));
        Assert.Equal(SeccompView.KillProcess, one.Verdict(0x40000000, new ulong[6]));
        foreach (var (number, arguments) in Abuses())
            Assert.NotEqual(SeccompView.Allow, one.Verdict(number, arguments));
        // The daemon goes on.
        Assert.Equal(Linux.Errno.None, daemon.Fuse.GetAttr(FuseValues.RootId).Errno);
    }

    private static IEnumerable<(uint Number, ulong[] Arguments)> Abuses()
    {
        yield return (9, [0, 4096, 7, 0x22, 0, 0]);
        yield return (10, [0, 4096, 5, 0, 0, 0]);
        yield return (16, [0, 0x5412, 0, 0, 0, 0]);
        yield return (56, [0x10000000 | 17, 0, 0, 0, 0, 0]);
        yield return (56, [17, 0, 0, 0, 0, 0]);
        yield return (56, [0x3d0f00 | 0x20000000, 0, 0, 0, 0, 0]);
        yield return (157, [22, 0, 0, 0, 0, 0]);
        yield return (272, [0x10000000, 0, 0, 0, 0, 0]);
        yield return (302, [0, 7, 1, 0, 0, 0]);
        yield return (435, [0, 88, 0, 0, 0, 0]);
    }
}
