using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>A guest that hangs or panics ends its containers, with a reason that tells what happened.</summary>
public sealed class GuestHealthTests(NodeFixture fixture) : ContainerTest(fixture)
{
    // What is promised is 30 s; what comes on top is this machine's.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task A_guest_that_hangs_or_panics_ends_with_a_reason()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no guest");
        using EventLog events = await EventLog.BeginAsync(Node);
        string hanging = await StartAsync(new ContainerOptions { Arguments = ["--null-io"] }, "sleep", "1000");
        string panicking = await StartAsync(new ContainerOptions { Arguments = ["--null-io", "--privileged"] }, "sleep", "1000");
        SandboxProcesses machine = SandboxProcesses.Of(Node, hanging);
        // Longer than the time between two health checks: both are well until then.
        await Task.Delay(TimeSpan.FromSeconds(7));
        Assert.Equal("RUNNING", await StatusAsync(hanging));

        long start = Stopwatch.GetTimestamp();
        Assert.Equal(0, Signals.kill(machine.Qemu.Pid, Signals.SIGSTOP));
        // The guest may be gone before the answer is.
        await CtrAsync("tasks", "exec", "--exec-id", "panic", panicking, "sh", "-c", "echo c > /proc/sysrq-trigger");
        ContainerEvent panicked = await events.WaitAsync("/tasks/exit", panicking, s_limit, panicking);
        ContainerEvent hung = await events.WaitAsync("/tasks/exit", hanging, s_limit, hanging);
        Assert.True(Stopwatch.GetElapsedTime(start) < s_limit);
        Assert.NotEqual(0, panicked.ExitStatus);
        Assert.NotEqual(0, hung.ExitStatus);

        string panic = Reason(panicking), hang = Reason(hanging);
        Assert.Contains("the guest's kernel panicked", panic, StringComparison.Ordinal);
        Assert.Contains("Kernel panic - not syncing: sysrq triggered crash", panic, StringComparison.Ordinal);
        Assert.Contains("the guest hangs", hang, StringComparison.Ordinal);
    }

    private string Reason(string id) => Node.LogLines()
        .LastOrDefault(line => line.Contains("sandbox ended by itself", StringComparison.Ordinal) && line.Contains($"sandbox={id} ", StringComparison.Ordinal))
        ?? $"no reason in the log:\n{Node.LogTail(40)}";
}
