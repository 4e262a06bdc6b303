using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;
using TaskStatus = KataShimNet.AgentProto.Containerd.Tasks.Status;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>containerd is killed and started again under a pod.</summary>
public sealed class PodRestartTests(NodeFixture fixture) : PodTest(fixture)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Suite", "hello")]
    public Task A_pod_goes_on_and_an_end_in_the_meantime_is_noticed() => CheckAsync(PodScope.Handler);

    [Fact]
    [Trait("Needs", "sandbox-api")]
    public Task So_does_a_pod_of_the_sandbox_api()
    {
        Assert.SkipUnless(SandboxApi.IsThere, SandboxApi.Reason);
        return CheckAsync(SandboxApi.Handler);
    }

    private async Task CheckAsync(string handler)
    {
        Assert.SkipUnless(PodScope.IsKatanet, "this looks into our shim");
        Pod pod = await RunPodAsync(new PodOptions { Handler = handler });
        PodContainer counter = await pod.StartAsync("sh", "-c", "n=0; while :; do n=$((n + 1)); echo $n; sleep 0.2; done");
        PodContainer leaver = await pod.StartAsync("sh", "-c", "until test -e /dev/shm/go; do sleep 0.2; done; exit 5");
        await counter.WaitForLogAsync("3");
        await counter.ShellAsync("setsid sh -c 'sleep 3; touch /dev/shm/go' >/dev/null 2>&1 </dev/null &");
        await using (await ContainerdOutage.BeginAsync(Node))
        {
            await using TtrpcClient shim = await ShimClient.ConnectAsync(Node, "k8s.io", pod.Id);
            await Waiting.UntilAsync("the container has ended", s_patience, async () => (await shim.CallAsync(
                "containerd.task.v2.Task", "State", new StateRequest { Id = leaver.Id }, StateResponse.Parser, s_patience)).Status == TaskStatus.Stopped);
        }

        await Pods.Cri.WaitAsync(Node);
        Assert.Equal(PodSandboxState.SandboxReady, (await pod.StatusAsync()).State);
        Assert.Equal(ContainerState.ContainerRunning, (await counter.StatusAsync()).State);
        Assert.Equal(5, (await leaver.WaitForExitAsync()).ExitCode);
        int now = int.Parse(counter.Log()[^1], CultureInfo.InvariantCulture);
        await counter.WaitForLogAsync($"{now + 5}");
        IReadOnlyList<string> numbers = counter.Log();
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(n => $"{n}"), numbers);

        (await counter.ExecAsync("echo", "here")).Exits(0).Prints("here");
        PodContainer late = await pod.StartAsync("sh", "-c", "echo late; sleep 1000");
        await late.WaitForLogAsync("late");
        await late.StopAsync();
        Assert.Equal(137, (await late.WaitForExitAsync()).ExitCode);
        await counter.StopAsync();
        Assert.Equal(137, (await counter.WaitForExitAsync()).ExitCode);
    }
}
