using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>What the containers of a pod have in common, and what not.</summary>
[Collection(NodeCollection.Name)]
public abstract class SharedByContainersCases(TwoContainers pod) : IAsyncLifetime
{
    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(pod.IsThere, SandboxApi.Reason);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void One_virtual_machine_runs_them_all()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "others need no machine");
        pod.Pod.Machine();
    }

    [Fact]
    public async Task The_host_name_is_the_pods()
    {
        Assert.Equal("two-containers", await pod.First.ShellAsync("hostname"));
        Assert.Equal("two-containers", await pod.Second.ShellAsync("cat /etc/hostname"));
        Assert.Equal("two-containers", await pod.Second.ShellAsync("echo $HOSTNAME"));
    }

    [Fact]
    public async Task Names_are_resolved_as_the_pod_says()
    {
        const string Expected = "search default.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5";
        Assert.Equal(Expected, await pod.First.ShellAsync("cat /etc/resolv.conf"));
        Assert.Equal(Expected, await pod.Second.ShellAsync("cat /etc/resolv.conf"));
    }

    [Fact]
    public async Task Shared_memory_is_one()
    {
        await pod.First.ShellAsync("echo from first > /dev/shm/note");
        Assert.Equal("from first", await pod.Second.ShellAsync("cat /dev/shm/note"));
        await pod.Second.ShellAsync("rm /dev/shm/note");
        Assert.Equal("", await pod.First.ShellAsync("ls /dev/shm"));
        // 64 MiB, as containerd makes it.
        Assert.Equal("65536", await pod.First.ShellAsync("df -k /dev/shm | awk 'END {print $(NF-4)}'"));
    }

    [Fact]
    public async Task Message_queues_are_one()
    {
        await pod.First.ShellAsync("touch /dev/mqueue/queue");
        Assert.Equal("queue", await pod.Second.ShellAsync("ls /dev/mqueue"));
        await pod.Second.ShellAsync("rm /dev/mqueue/queue");
    }

    [Fact]
    public async Task Segments_of_System_V_are_one()
    {
        (await pod.First.ExecAsync("probe", "put", "of the first")).Exits(0);
        (await pod.Second.ExecAsync("probe", "take")).Exits(0).Prints("of the first");
        (await pod.First.ExecAsync("probe", "take")).FailsNaming("No such file");
    }

    [Theory]
    [InlineData("ipc", true)]
    [InlineData("uts", true)]
    [InlineData("net", true)]
    [InlineData("pid", false)]
    [InlineData("mnt", false)]
    public async Task A_namespace_is_shared_or_not(string kind, bool shared)
    {
        string first = await pod.First.ShellAsync($"readlink /proc/self/ns/{kind}");
        string second = await pod.Second.ShellAsync($"readlink /proc/self/ns/{kind}");
        Assert.StartsWith(kind + ":[", first);
        Assert.Equal(shared, first == second);
    }

    [Fact]
    public async Task Each_sees_its_own_processes_only()
    {
        string seen = await pod.First.ShellAsync("ps -o args");
        Assert.Contains("sleep 1000000", seen);
        Assert.DoesNotContain("sleep 2000000", seen);
    }

    [Fact]
    public async Task Each_has_a_root_of_its_own()
    {
        await pod.First.ShellAsync("echo mine > /tmp/own");
        Assert.NotEqual(0, (await pod.Second.ExecAsync("test", "-e", "/tmp/own")).ExitCode);
    }
}

/// <summary>With a pause container.</summary>
public sealed class SharedByContainersTests(TwoContainers pod) : SharedByContainersCases(pod), IClassFixture<TwoContainers>;

/// <summary>By the Sandbox API.</summary>
[Trait("Needs", "sandbox-api")]
public sealed class SharedByContainersWithoutPauseTests(TwoContainersWithoutPause pod) : SharedByContainersCases(pod), IClassFixture<TwoContainersWithoutPause>;
