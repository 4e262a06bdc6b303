using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>A pod's machine is as big as its limits say, grows when they grow, and gives back what its guest has free.</summary>
public sealed class SizingTests(NodeFixture fixture) : PodTest(fixture)
{
    private const long Mib = 1 << 20;

    [Fact]
    public async Task A_machine_has_the_size_of_its_pods_limits_grows_with_them_and_gives_memory_back()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "a plain pod has no machine");
        await NodeSettings.AddAsync(Node, "hypervisor:\n  max_vcpus: 4\n  memory_mib: 1024\n  memory_overhead_mib: 200\n");
        try
        {
            LinuxContainerResources small = Limits(cpus: 0.5, memory: 200 * Mib);
            Pod pod = await RunPodAsync(new PodOptions { Change = config => config.Linux.Resources = small.Clone() });
            PodContainer first = await pod.StartAsync(new PodContainerOptions { Change = config => config.Linux.Resources = small.Clone() }, "sleep", "1000");
            // What the kernel keeps for itself is not in MemTotal.
            Assert.InRange(await MemoryAsync(first), 250, 400);
            Assert.Equal("2", await first.ShellAsync("nproc"));

            // More by an update of the container.
            await first.UpdateAsync(Limits(cpus: 3.5, memory: 500 * Mib));
            // Processors come at run time with KVM only; the log says so otherwise, and the container's own limit holds.
            if (Node.LogLines().Any(line => line.Contains("accelerator=kvm", StringComparison.Ordinal)))
                Assert.Equal("4", await first.ShellAsync("nproc"));
            else
                Assert.Contains(Node.LogLines(), line => line.Contains("the machine cannot grow", StringComparison.Ordinal) && line.Contains("what=vcpus", StringComparison.Ordinal));
            await GrownAsync(first, 300 + 300);

            // A container that has no limits makes the machine what it is without.
            PodContainer second = await pod.StartAsync(new PodContainerOptions(), "sleep", "1000");
            await GrownAsync(second, 900);

            // Memory that came later is memory like any other, also for the files of the host.
            const string Copy = "dd if=/dev/urandom of=/tmp/a bs=1M count=150 2>/dev/null && cp /tmp/a /tmp/b && sync && cmp /tmp/a /tmp/b && echo same && rm /tmp/a /tmp/b";
            Assert.Equal("same", await second.ShellAsync(Copy));

            int qemu = SandboxProcesses.Of(Node, pod.Id).Qemu.Pid;
            await second.ShellAsync("dd if=/dev/zero of=/dev/null bs=600M count=1 2>/dev/null");
            long most = Kib(qemu, "VmHWM");
            Assert.True(most > 600 * 1024, $"the host never saw the guest's memory: {most} KiB");
            await Waiting.UntilAsync("the host gets the memory back", TimeSpan.FromSeconds(90), () => Task.FromResult(Kib(qemu, "VmRSS") < most - (400 * 1024)));
        }
        finally
        {
            await NodeSettings.ResetAsync(Node);
        }
    }

    [Fact]
    public async Task Processors_for_the_guest_itself_come_on_top_of_the_limits()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "a plain pod has no machine");
        await NodeSettings.AddAsync(Node, "hypervisor:\n  max_vcpus: 4\n  vcpus_overhead: 0.6\n");
        try
        {
            LinuxContainerResources limits = Limits(cpus: 2.5, memory: 300 * Mib);
            Pod pod = await RunPodAsync(new PodOptions { Change = config => config.Linux.Resources = limits.Clone() });
            PodContainer container = await pod.StartAsync(new PodContainerOptions { Change = config => config.Linux.Resources = limits.Clone() }, "sleep", "1000");
            Assert.Equal("4", await container.ShellAsync("nproc"));
        }
        finally
        {
            await NodeSettings.ResetAsync(Node);
        }
    }

    [Fact]
    public async Task A_pods_annotations_say_its_size_and_those_that_could_harm_the_host_do_not_count()
    {
        Assert.SkipUnless(PodScope.IsKatanet, "a plain pod has no machine");
        Pod pod = await RunPodAsync(new PodOptions
        {
            Change = config =>
            {
                config.Annotations["io.katacontainers.config.hypervisor.default_vcpus"] = "3";
                config.Annotations["io.katacontainers.config.hypervisor.default_memory"] = "700";
                config.Annotations["io.katacontainers.config.hypervisor.kernel_params"] = "annotated=yes";
                config.Annotations["io.katacontainers.config.hypervisor.path"] = "/bin/false";
            },
        });
        PodContainer container = await pod.StartAsync(new PodContainerOptions(), "sleep", "1000");
        Assert.InRange(await MemoryAsync(container), 500, 700);
        // A machine never has more than the host has processors.
        Assert.Equal(Math.Clamp(Environment.ProcessorCount, 2, 3).ToString(CultureInfo.InvariantCulture), await container.ShellAsync("nproc"));
        Assert.EndsWith(" annotated=yes", await container.ShellAsync("cat /proc/cmdline"), StringComparison.Ordinal);
        Assert.Contains(Node.LogLines(), line => line.Contains("an annotation of the pod does not count", StringComparison.Ordinal)
            && line.Contains("annotation=io.katacontainers.config.hypervisor.path", StringComparison.Ordinal));
    }

    private static LinuxContainerResources Limits(double cpus, long memory) =>
        new() { CpuPeriod = 100_000, CpuQuota = (long)(cpus * 100_000), MemoryLimitInBytes = memory };

    private static async Task<int> MemoryAsync(PodContainer container) =>
        int.Parse(await container.ShellAsync("awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo"), CultureInfo.InvariantCulture);

    // The guest's kernel takes new memory a moment after it has come.
    private static Task GrownAsync(PodContainer container, int mib) =>
        Waiting.UntilAsync($"the guest has {mib} MiB", TimeSpan.FromSeconds(30), async () => await MemoryAsync(container) >= mib);

    private static long Kib(int pid, string field) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
