using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using KataShimNet.Linux.Interop;
using Xunit;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>What a sandbox's QEMU may do on the host, and where its processes sit.</summary>
public sealed partial class IsolationTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private static readonly string[] s_capabilitySets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

    [Fact]
    public async Task Qemu_is_nobody_holds_only_what_it_was_handed_and_reads_nothing_of_another_pod()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no QEMU");
        SandboxProcesses one = await StartedAsync("one");
        SandboxProcesses two = await StartedAsync("two");
        Dictionary<string, string> status = one.Qemu.Status();
        Assert.All(s_capabilitySets, set => Assert.Equal(0UL, Convert.ToUInt64(status[set], 16)));
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.Equal("", status["Groups"].Trim());
        Assert.True(one.Qemu.Uid > 0 && one.Qemu.Gid > 0);
        Assert.NotEqual(one.Qemu.Uid, two.Qemu.Uid);
        Assert.NotEqual(one.Qemu.Gid, two.Qemu.Gid);
        // Sockets that we connected, memory, and what it makes itself; no file of the node.
        Assert.All(one.Qemu.Descriptors(), target => Assert.Matches(Handed(), target));

        await ReadsNothingOfAnotherAsync(one, two);
        Assert.Equal("600 700", (await Node.RunAsync("sh", "-c", "stat -c %a /run/katanet/default:* | sort -u | xargs")).Exits(0).Text.Trim());

        foreach (SandboxProcesses sandbox in (SandboxProcesses[])[one, two])
        {
            Assert.Equal(4, sandbox.All.Count(process => process.Name.Contains("fsd", StringComparison.Ordinal)));
            Assert.All(sandbox.All, process => Assert.All(Groups(process.Pid), group => Assert.EndsWith($"/default/{sandbox.Id}", group, StringComparison.Ordinal)));
        }

        // Nobody is left to leave the cgroup: delete removes it, and the check at the end looks for it.
        Assert.Equal(0, Signals.kill(two.Shim.Pid, Signals.SIGKILL));
        await EventuallyAsync("the task is gone", StartLimit, async () => await StatusAsync(two.Id) is "" or "STOPPED");
    }

    [Fact]
    public async Task A_cgroup_that_leads_elsewhere_is_refused()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "runc takes such a path for another");
        string error = (await RunAsync(new ContainerOptions { Arguments = ["--cgroup", "/../outside/x"] }, "true")).ErrorOutput;
        Assert.Contains("linux.cgroupsPath", error, StringComparison.Ordinal);
    }

    private async Task<SandboxProcesses> StartedAsync(string name)
    {
        string id = NewId(name);
        await StartAsync(new ContainerOptions { Id = id, Arguments = ["--null-io"] }, "sleep", "1000");
        return SandboxProcesses.Of(Node, id);
    }

    private async Task ReadsNothingOfAnotherAsync(SandboxProcesses reader, SandboxProcesses other)
    {
        // Pids as the node counts them.
        int qemu = other.Qemu.NodePid, fsd = other.Fsd.NodePid;
        string[] secrets =
        [
            $"/run/katanet/default:{other.Id}", $"/run/katanet/default:{other.Id}/state.json", $"/run/katanet/uids",
            $"/run/containerd/io.containerd.runtime.v2.task/default/{other.Id}/config.json",
            "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots",
            $"/proc/{qemu}/mem", $"/proc/{qemu}/fd", $"/proc/{qemu}/environ", $"/proc/{qemu}/root/", $"/proc/{fsd}/fd", $"/proc/{fsd}/root/",
        ];
        foreach (string secret in secrets)
        {
            // That root can says the path is right.
            (await Node.RunAsync("test", "-e", secret)).Exits(0);
            string look = $"if [ -d {secret} ]; then ls {secret}; else dd if={secret} of=/dev/null bs=1 count=1; fi";
            Assert.True((await AsAsync(reader, look)).ExitCode != 0, $"{secret} is open to the QEMU of another sandbox");
        }

        // That the same user can read what is everybody's says the refusals are not the command's fault.
        (await AsAsync(reader, $"dd if=/etc/hosts of=/dev/null bs=1 count=1 && ls /proc/{reader.Qemu.NodePid}/task")).Exits(0);
    }

    private Task<Commands.CommandResult> AsAsync(SandboxProcesses sandbox, string script) => Node.RunAsync(
        "setpriv", "--reuid", $"{sandbox.Qemu.Uid}", "--regid", $"{sandbox.Qemu.Gid}", "--clear-groups", "--no-new-privs", "sh", "-c", script);

    private static IEnumerable<string> Groups(int pid) => File.ReadLines($"/proc/{pid}/cgroup").Select(line => line.Split(':', 3)[2]);

    [GeneratedRegex(@"^(/dev/null|/memfd:.*|socket:.*|anon_inode:.*|pipe:.*|/dev/vhost-vsock|/dev/kvm)$")]
    private static partial Regex Handed();
}
