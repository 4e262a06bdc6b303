using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>What a kubelet does with the containers of a pod that runs.</summary>
[Collection(NodeCollection.Name)]
public abstract class ContainersOfAPodCases(TwoContainers pod) : IAsyncLifetime
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
    public async Task A_container_comes_and_goes_while_others_run()
    {
        string before = await FirstsProcessAsync();
        PodContainer third = await pod.Pod.StartAsync(new PodContainerOptions { Name = "third" }, "sleep", "1000");
        (await third.ExecAsync("echo", "here")).Exits(0).Prints("here");
        Assert.Equal(3, (await pod.Pod.ContainersAsync()).Count);
        await third.StopAsync();
        Assert.Equal(137, (await third.WaitForExitAsync()).ExitCode);
        await third.RemoveAsync();
        Assert.Equal(2, (await pod.Pod.ContainersAsync()).Count);
        Assert.Equal(before, await FirstsProcessAsync());
    }

    [Fact]
    public async Task One_container_is_made_anew()
    {
        PodContainerOptions options = new() { Name = "again" };
        PodContainer container = await pod.Pod.StartAsync(options, "sh", "-c", "echo one; exit 3");
        Assert.Equal(3, (await container.WaitForExitAsync()).ExitCode);
        for (uint attempt = 1; attempt <= 2; attempt++)
        {
            PodContainer next = await pod.Pod.StartAsync(options with { Attempt = attempt }, "sh", "-c", "test ! -e /tmp/was && touch /tmp/was && echo again; sleep 1000");
            await container.RemoveAsync();
            await next.WaitForLogAsync("again");
            await next.StopAsync();
            container = next;
        }

        await container.RemoveAsync();
    }

    [Fact]
    public async Task Init_containers_run_one_after_the_other_and_a_sidecar_beside_them()
    {
        List<PodContainer> all = [];
        // A sidecar is an init container that is not waited for (Kubernetes: restartPolicy Always).
        PodContainer sidecar = await pod.Pod.StartAsync(new PodContainerOptions { Name = "sidecar" }, "sh", "-c", "while :; do date +%s > /dev/shm/beat; sleep 1; done");
        for (int n = 1; n <= 2; n++)
        {
            PodContainer init = await pod.Pod.StartAsync(
                new PodContainerOptions { Name = $"init-{n}" }, "sh", "-c", $"echo {n} >> /dev/shm/order; sleep 1; echo {n} ends >> /dev/shm/order");
            Assert.Equal(0, (await init.WaitForExitAsync()).ExitCode);
            all.Add(init);
        }

        PodContainer main = await pod.Pod.StartAsync(new PodContainerOptions { Name = "main" }, "sh", "-c", "cat /dev/shm/order; test -e /dev/shm/beat && echo beats; sleep 1000");
        await main.WaitForLogAsync("beats");
        Assert.Equal(["1", "1 ends", "2", "2 ends", "beats"], main.Log());
        Assert.Equal(ContainerState.ContainerRunning, (await sidecar.StatusAsync()).State);
        foreach (PodContainer container in all.Append(main).Append(sidecar))
        {
            await container.StopAsync();
            await container.RemoveAsync();
        }

        await pod.First.ShellAsync("rm /dev/shm/order /dev/shm/beat");
    }

    [Fact]
    public async Task Its_output_is_in_its_log_each_stream_apart()
    {
        PodContainer container = await pod.Pod.StartAsync("sh", "-c", "echo out; echo err >&2; printf unfinished; exit 7");
        ContainerStatus status = await container.WaitForExitAsync();
        Assert.Equal((7, "Error"), (status.ExitCode, status.Reason));
        await container.WaitForLogAsync("unfinished");
        Assert.Equal(["out", "unfinished"], container.Log());
        Assert.Equal(["err"], container.Log("stderr"));
        Assert.True(status.StartedAt >= status.CreatedAt && status.FinishedAt > status.StartedAt);
        await container.RemoveAsync();
    }

    [Fact]
    public async Task A_graceful_stop_sends_the_signal_and_an_ungraceful_one_kills()
    {
        PodContainer polite = await pod.Pod.StartAsync("sh", "-c", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 1; done");
        PodContainer deaf = await pod.Pod.StartAsync("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done");
        await Task.WhenAll(polite.WaitForLogAsync("ready"), deaf.WaitForLogAsync("ready"));
        await Task.WhenAll(polite.StopAsync(TimeSpan.FromSeconds(60)), deaf.StopAsync(TimeSpan.FromSeconds(2)));
        Assert.Equal(0, (await polite.WaitForExitAsync()).ExitCode);
        Assert.Contains("bye", polite.Log());
        Assert.Equal(137, (await deaf.WaitForExitAsync()).ExitCode);
        await polite.RemoveAsync();
        await deaf.RemoveAsync();
    }

    [Fact]
    public async Task A_probe_gets_output_and_exit_code_and_ends_when_its_time_is_up()
    {
        CommandResult probe = await pod.First.ExecAsync("sh", "-c", "echo out; echo err >&2; exit 4");
        probe.Exits(4).Prints("out");
        Assert.Equal("err\n", probe.ErrorOutput);
        CommandResult slow = await pod.First.ExecAsync(TimeSpan.FromSeconds(2), "sleep", "31415");
        Assert.Equal(-1, slow.ExitCode);
        await Waiting.UntilAsync("the slow probe is gone", TimeSpan.FromSeconds(30), async () => !(await pod.First.ShellAsync("ps -o args")).Contains("31415"));
        CommandResult missing = await pod.First.ExecAsync("no-such-program");
        missing.FailsNaming("no-such-program");
    }

    [Fact]
    public async Task Sessions_are_offered()
    {
        ExecResponse exec = await pod.Pod.Cri.Runtime.ExecAsync(new ExecRequest { ContainerId = pod.First.Id, Cmd = { "sh" }, Stdout = true, Tty = true, Stdin = true });
        Assert.StartsWith("http://", exec.Url);
        AttachResponse attach = await pod.Pod.Cri.Runtime.AttachAsync(new AttachRequest { ContainerId = pod.First.Id, Stdout = true });
        Assert.StartsWith("http://", attach.Url);
    }

    [Fact]
    public async Task The_pod_says_what_it_is()
    {
        PodSandboxStatus status = await pod.Pod.StatusAsync();
        Assert.Equal(PodSandboxState.SandboxReady, status.State);
        Assert.Equal(pod.Pod.Handler, status.RuntimeHandler);
        Assert.Equal("kept", status.Annotations["example.org/note"]);
        Assert.Matches(@"^10\.88\.\d+\.\d+$", status.Network.Ip);
    }

    [Fact]
    public async Task Its_numbers_are_those_of_the_document_and_move_with_what_it_does()
    {
        SandboxNumbers before = await SandboxNumbers.ReadAsync(pod.Pod.Node, "k8s.io", pod.Pod.Id);
        IReadOnlyDictionary<string, bool> documented = SandboxNumbers.Documented();
        Assert.Empty(before.Families.Keys.Except(documented.Keys));
        Assert.Empty(documented.Where(family => family.Value).Select(family => family.Key).Except(before.Families.Keys));
        Assert.Contains("katanet_guest_network_receive_bytes_total", before.Families.Keys);

        string first = $"container=\"{pod.First.Id}\"";
        string worker = "share=\"files\",process=\"worker\"";
        Assert.InRange(before["katanet_shim_resident_memory_bytes"], 4e6, 200e6);
        Assert.InRange(before["katanet_vmm_resident_memory_bytes"], 30e6, 4e9);
        Assert.InRange(before["katanet_fsd_proportional_memory_bytes", worker], 5e5, 1e9);
        Assert.InRange(before["katanet_guest_memory_bytes", "kind=\"total\""], 50e6, 16e9);
        Assert.InRange(before["katanet_container_memory_bytes", first], 4096, 1e9);
        Assert.True(before["katanet_shim_boot_seconds", "stage=\"total\""] > before["katanet_shim_boot_seconds", "stage=\"kernel\""]);
        Assert.True(before["katanet_shim_tasks_running"] >= 2 && before["katanet_fsd_exports", "share=\"files\""] >= 3 && before["katanet_agent_open_rpcs"] >= 2);
        Assert.Equal(0, before["katanet_fsd_worker_restarts_total", "share=\"files\""]);

        // Into the container's root, which is on the share.
        await pod.First.ShellAsync("for i in 1 2 3; do dd if=/dev/zero of=/tmp/f$i bs=1M count=1 conv=fsync; done; rm /tmp/f?");
        SandboxNumbers after = await SandboxNumbers.ReadAsync(pod.Pod.Node, "k8s.io", pod.Pod.Id);

        Assert.InRange(Rise("katanet_fsd_written_bytes_total", "share=\"files\""), 3 * 1024 * 1024, 50e6);
        Assert.InRange(Rise("katanet_fsd_request_seconds_count", "share=\"files\",opcode=\"write\""), 3, 10_000);
        Assert.InRange(after["katanet_fsd_request_seconds_count", "share=\"files\",opcode=\"unlink\""], 3, 10_000);
        Assert.InRange(Rise("katanet_shim_rpc_seconds_count", "method=\"Task/Exec\""), 1, 1000);
        string[] growing = ["katanet_vmm_cpu_seconds_total", "katanet_guest_forks_total", "katanet_guest_uptime_seconds", "katanet_agent_rpcs_total", "katanet_guest_context_switches_total"];
        Assert.All(growing, name => Assert.True(Rise(name) > 0, name));
        Assert.True(Rise("katanet_container_cpu_seconds_total", first) > 0 && Rise("katanet_guest_cpu_seconds_total", "mode=\"system\"") > 0);

        double Rise(string name, string labels = "") => after.Rise(before, name, labels);
    }

    // The id of a process does not tell it from its successor's in another container, its start does.
    private Task<string> FirstsProcessAsync() => pod.First.ShellAsync("cut -d' ' -f22 /proc/1/stat");
}

/// <summary>With a pause container.</summary>
public sealed class ContainersOfAPodTests(TwoContainers pod) : ContainersOfAPodCases(pod), IClassFixture<TwoContainers>;

/// <summary>By the Sandbox API.</summary>
[Trait("Needs", "sandbox-api")]
public sealed class ContainersOfAPodWithoutPauseTests(TwoContainersWithoutPause pod) : ContainersOfAPodCases(pod), IClassFixture<TwoContainersWithoutPause>;
