using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Host;

/// <summary>Settings of Kata's whose effect is seen in the guest's own root, or in QEMU and fsd.</summary>
public sealed class SandboxSettingsTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Settings = "/etc/katanet/sandbox-settings.yaml";
    private const string Mounts = "/run/kata-containers/shared/containers/sandbox-mounts";

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "a plain container has no guest");
        await base.InitializeAsync();
    }

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return TestNode.IsKatanet ? base.DisposeAsync() : ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("virtiofs")]
    [InlineData("initrd")]
    public async Task Folders_of_the_host_are_in_every_guest_and_in_no_container(string boot)
    {
        (await Node.RunAsync("sh", "-c", "mkdir -p /tmp/tools/bin /tmp/data && echo of-the-host > /tmp/tools/bin/file && cat /usr/share/katanet/guest.cpio.zst /usr/share/katanet/shell.cpio.zst > /tmp/shell.cpio.zst")).Exits(0);
        await Node.WriteFileAsync(
            Settings,
            $"agent:\n  start_timeout_seconds: 300\n  debug_console: true\nguest:\n  boot: {boot}\n  initrd: /tmp/shell.cpio.zst\n" +
            "sharing:\n  sandbox_bind_mounts: [/tmp/tools, \"/tmp/data:rw\"]\n");
        try
        {
            string id = await StartAsync(new ContainerOptions { Config = Settings }, "sleep", "1000");
            (await GuestAsync(id, $"cat {Mounts}/tools/bin/file; ls {Mounts}; echo of-the-guest > {Mounts}/data/new")).Exits(0).Prints("of-the-host\ndata\ntools");
            Assert.Equal("of-the-guest\n", await File.ReadAllTextAsync(Node.Root + "/tmp/data/new"));
            (await GuestAsync(id, $"touch {Mounts}/tools/bin/x")).FailsNaming("Read-only file system");
            (await GuestAsync(id, $"mount -o remount,rw,bind {Mounts}/tools; touch {Mounts}/tools/x")).FailsNaming("Read-only file system");
            // What the host adds is seen, and the kernel's caches may forget the way there.
            await File.WriteAllTextAsync(Node.Root + "/tmp/tools/later", "later\n");
            (await GuestAsync(id, $"echo 3 > /proc/sys/vm/drop_caches; cat {Mounts}/tools/later")).Exits(0).Prints("later");
            Assert.DoesNotContain("sandbox-mounts", (await Node.RunAsync("ctr", "tasks", "exec", "--exec-id", "m", id, "cat", "/proc/mounts")).Exits(0).Text, StringComparison.Ordinal);
        }
        finally
        {
            await Node.RunAsync("rm", "-rf", Settings, "/tmp/tools", "/tmp/data", "/tmp/shell.cpio.zst");
        }
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        await Node.WriteFileAsync(Settings, "sharing:\n  sandbox_bind_mounts: [/tmp/nowhere]\n");
        try
        {
            (await RunAsync(new ContainerOptions { Config = Settings }, "true")).FailsNaming("sharing.sandbox_bind_mounts /tmp/nowhere: no such folder");
        }
        finally
        {
            await Node.RunAsync("rm", "-f", Settings);
        }
    }

    [Fact]
    public async Task Random_numbers_are_from_the_device_of_the_settings_and_the_daemon_gets_its_words()
    {
        // A device of its own: QEMU's user could not open it by itself, and /dev/random is open in many a process.
        (await Node.RunAsync("sh", "-c", "mknod -m 600 /tmp/entropy c 1 8")).Exits(0);
        await Node.WriteFileAsync(
            Settings,
            "agent:\n  start_timeout_seconds: 300\n  debug_console: true\nhypervisor:\n  entropy_source: /tmp/entropy\n  extra_monitor_socket: qmp\n" +
            "sharing:\n  extra_arguments: [\"--rlimit-nofile\", \"5000\"]\n");
        try
        {
            string id = await StartAsync(new ContainerOptions { Config = Settings }, "sleep", "1000");
            SandboxProcesses processes = SandboxProcesses.Of(Node, id);
            Assert.Contains(processes.Qemu.Descriptors(), target => target.EndsWith("/tmp/entropy", StringComparison.Ordinal));
            await using (ExtraMonitorClient monitor = await ExtraMonitorClient.ConnectAsync(Node, id))
            {
                Assert.Equal("/dev/fdset/2", (await monitor.AskAsync("qom-get", new { path = "/objects/entropy", property = "filename" })).GetString());
            }

            (await GuestAsync(id, "cat /sys/class/misc/hw_random/rng_current; dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c")).Exits(0).Prints("virtio_rng.0\n64");
            string limits = await File.ReadAllTextAsync($"/proc/{processes.Fsd.Pid}/limits");
            Assert.Matches(@"Max open files +5000 ", limits);
        }
        finally
        {
            await Node.RunAsync("rm", "-f", Settings, "/tmp/entropy");
        }
    }

    private Task<CommandResult> GuestAsync(string id, string script) => Node.RunAsync(StartLimit, null, "katanet", "exec", "--guest", id, "--", "sh", "-c", script);
}
