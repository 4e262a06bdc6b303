using System;
using System.Linq;
using KataShimNet.Linux;
using KataShimNet.VhostFrontEnd.Fuse;
using Xunit;

namespace KataShimNet.IntegrationTests.Confinement;

/// <summary>What a running keeper can still do, asked of the kernel.</summary>
public sealed class KeeperConfinementTests
{
    private const ulong SysAdmin = 1ul << 21;
    private const ulong DacOverride = 1ul << 1;

    // The thread that starts workers has what they shall have.
    private const ulong Worker = 0x880000df;

    // What the worker may not do and the keeper may, whatever the arguments: dup2, pause, shutdown, socketpair, getsockopt, execve, uname,
    // chdir, getppid, statfs, arch_prctl, set_tid_address, waitid, accept4, pipe2, inotify_init1, seccomp, fanotify_mark, memfd_create, pidfd_send_signal, open_tree,
    // pidfd_open, close_range, pidfd_getfd.
    private static readonly int[] s_own =
        [33, 34, 48, 53, 55, 59, 63, 80, 110, 137, 158, 218, 247, 288, 293, 294, 301, 317, 319, 424, 428, 434, 436, 438];

    [Theory]
    [InlineData(true, SysAdmin)]
    [InlineData(false, SysAdmin | DacOverride)]
    public void Its_threads_have_few_capabilities_and_can_get_no_more(bool byShim, ulong capabilities)
    {
        using var daemon = ServingDaemon.Start(byShim);
        var keeper = daemon.Named("katanet-fsd");

        var spawning = keeper.Threads.Where(tid => Capabilities(keeper, tid, "CapPrm") == Worker).ToArray();
        Assert.Single(spawning);
        foreach (var tid in keeper.Threads)
        {
            var expected = spawning.Contains(tid) ? Worker : capabilities;
            Assert.Equal(expected, Capabilities(keeper, tid, "CapPrm"));
            Assert.Equal(expected, Capabilities(keeper, tid, "CapEff"));
            Assert.Equal(expected, Capabilities(keeper, tid, "CapBnd"));
            Assert.Equal("1", keeper.Status(tid, "NoNewPrivs"));
            Assert.Equal("2", keeper.Status(tid, "Seccomp"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_thread_of_it_is_in_the_host_s_network(bool byShim)
    {
        using var daemon = ServingDaemon.Start(byShim);
        var keeper = daemon.Named("katanet-fsd");
        var host = new ProcessView(Environment.ProcessId).Namespace("net");

        Assert.All(keeper.Threads, tid => Assert.NotEqual(host, keeper.Namespace("net", tid)));
    }

    [Fact]
    public void Its_system_calls_are_the_worker_s_and_these()
    {
        using var daemon = ServingDaemon.Start(byShim: true);
        // Not its main thread: who waits for our child's end would take the tracer's stop for it. All have the same filter.
        var process = daemon.Named("katanet-fsd");
        var keeper = SeccompView.Read(process.Threads.First(tid => tid != process.Pid));
        var worker = SeccompView.Read(daemon.Worker.Pid);

        Assert.Equal(s_own, keeper.Allowed(whateverTheArguments: true).Except(worker.Allowed(whateverTheArguments: true)));
        Assert.Empty(keeper.Allowed(whateverTheArguments: false).Except(worker.Allowed(whateverTheArguments: false)).Except(s_own));
        Assert.Equal(SeccompView.KillProcess, keeper.Verdict(165, new ulong[6]));
        Assert.Equal(SeccompView.KillProcess, keeper.Verdict(101, new ulong[6]));
        // A new namespace, a fork, another privilege.
        Assert.NotEqual(SeccompView.Allow, keeper.Verdict(56, [0x10000000 | 0x4111, 0, 0, 0, 0, 0]));
        Assert.NotEqual(SeccompView.Allow, keeper.Verdict(56, [17, 0, 0, 0, 0, 0]));
        Assert.NotEqual(SeccompView.Allow, keeper.Verdict(272, [0x20000, 0, 0, 0, 0, 0]));
        Assert.NotEqual(SeccompView.Allow, keeper.Verdict(157, [28, 0, 0, 0, 0, 0]));
        Assert.Equal(Errno.None, daemon.Fuse.GetAttr(FuseValues.RootId).Errno);
    }

    private static ulong Capabilities(ProcessView process, int tid, string field) => Convert.ToUInt64(process.Status(tid, field), 16);
}
