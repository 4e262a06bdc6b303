using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Grpc.Core;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Cri.Api;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Tasks;

/// <summary>Limits of a pod's containers as a kubelet sees them: figures, changes, and the reason of an end.</summary>
public sealed class PodTaskTests(NodeFixture fixture) : PodTest(fixture)
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public async Task A_terminal_is_there_for_exec_and_attach_with_its_size_and_the_exit_code()
    {
        Pod pod = await RunPodAsync();
        PodContainer shell = await pod.StartAsync(new PodContainerOptions { Change = config => config.Tty = config.Stdin = true }, "sh");
        await using (RemoteCommand exec = await shell.ExecOnTerminalAsync("sh"))
        {
            await exec.ResizeAsync(101, 37);
            await exec.WriteAsync("until [ \"$(stty size)\" = '37 101' ]; do :; done; echo si''zed; tty\n");
            await exec.ReadUntilAsync("sized");
            await exec.ReadUntilAsync("/dev/pts/");
            await exec.ResizeAsync(80, 24);
            await exec.WriteAsync("until [ \"$(stty size)\" = '24 80' ]; do :; done; exit 7\n");
            Assert.Equal(7, await exec.EndAsync());
        }

        await using (RemoteCommand attached = await shell.AttachAsync())
        {
            await attached.ResizeAsync(99, 33);
            await attached.WriteAsync("until [ \"$(stty size)\" = '33 99' ]; do :; done; echo $((40 + 2)) is said\n");
            await attached.ReadUntilAsync("42 is said");
            await attached.WriteAsync("exit 5\n");
            Assert.Equal(5, (await shell.WaitForExitAsync()).ExitCode);
        }
    }

    [Fact]
    public async Task The_events_of_a_container_come_in_order_with_the_reason_of_its_end()
    {
        using AsyncServerStreamingCall<ContainerEventResponse> call = Pods.Cri.Runtime.GetContainerEvents(new GetEventsRequest(), deadline: CriClient.Deadline);
        // Taken all the time: containerd begins with the events of the last minutes, and while nobody takes them it makes no pods.
        Channel<ContainerEventResponse> events = Channel.CreateUnbounded<ContainerEventResponse>();
        _ = TakeAsync();
        Pod pod = await RunPodAsync();
        PodContainer greedy = await pod.StartAsync(
            new PodContainerOptions { Change = config => config.Linux.Resources.MemoryLimitInBytes = 20 * Mebibyte }, "dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1");
        await greedy.WaitForExitAsync();
        await greedy.RemoveAsync();

        List<(ContainerEventType Type, string Reason)> heard = [];
        while (heard.Count < 4)
        {
            ContainerEventResponse one = await events.Reader.ReadAsync();
            if (one.ContainerId == greedy.Id)
            {
                heard.Add((one.ContainerEventType, one.ContainersStatuses.FirstOrDefault(status => status.Id == greedy.Id)?.Reason ?? ""));
            }
        }

        Assert.Equal(
            [ContainerEventType.ContainerCreatedEvent, ContainerEventType.ContainerStartedEvent, ContainerEventType.ContainerStoppedEvent, ContainerEventType.ContainerDeletedEvent],
            heard.Select(one => one.Type));
        Assert.Equal("OOMKilled", heard[2].Reason);

        async Task TakeAsync()
        {
            try
            {
                while (await call.ResponseStream.MoveNext(CancellationToken.None))
                {
                    events.Writer.TryWrite(call.ResponseStream.Current);
                }

                events.Writer.Complete();
            }
            catch (RpcException e)
            {
                // The call's end, by us or by its deadline: who still waits for an event hears of it.
                events.Writer.Complete(e);
            }
        }
    }

    [Fact]
    public async Task Limits_are_kept_changed_and_named_as_the_reason_of_an_end()
    {
        Pod pod = await RunPodAsync();
        PodContainer container = await pod.StartAsync(
            new PodContainerOptions { Change = config => config.Linux.Resources.MemoryLimitInBytes = 64 * Mebibyte }, "sleep", "1000");
        Assert.Equal($"{64 * Mebibyte}", await container.ShellAsync("cat /sys/fs/cgroup/memory.max"));

        // A process without a standard input reads its end at once.
        (await container.ExecAsync("wc", "-c")).Exits(0).Prints("0");
        ContainerStats stats = await container.StatsAsync();
        Assert.InRange(stats.Memory.WorkingSetBytes.Value, 10_000ul, (ulong)(64 * Mebibyte));
        Assert.True(stats.Cpu.UsageCoreNanoSeconds.Value > 0, stats.ToString());

        await container.UpdateAsync(new LinuxContainerResources { MemoryLimitInBytes = 80 * Mebibyte, CpuPeriod = 100_000, CpuQuota = 70_000, CpuShares = 512 });
        Assert.Equal($"{80 * Mebibyte}", await container.ShellAsync("cat /sys/fs/cgroup/memory.max"));
        Assert.Equal("70000 100000", await container.ShellAsync("cat /sys/fs/cgroup/cpu.max"));
        // Half of the 1024 shares that a whole processor has.
        Assert.InRange(int.Parse(await container.ShellAsync("cat /sys/fs/cgroup/cpu.weight"), System.Globalization.CultureInfo.InvariantCulture), 20, 99);

        PodContainer greedy = await pod.StartAsync(
            new PodContainerOptions { Change = config => config.Linux.Resources.MemoryLimitInBytes = 20 * Mebibyte }, "dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1");
        ContainerStatus end = await greedy.WaitForExitAsync();
        Assert.Equal(("OOMKilled", 137), (end.Reason, end.ExitCode));
        Assert.Equal(ContainerState.ContainerRunning, (await container.StatusAsync()).State);
    }
}
