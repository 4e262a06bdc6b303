using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Containers;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests;

/// <summary>What can be wrong with our own parts, by settings of our runtime: the words name the cause, and nothing stays behind.</summary>
public sealed class WrongSettingsTests(NodeFixture fixture) : ContainerTest(fixture)
{
    private const string Path = "/etc/katanet/test.yaml";

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(TestNode.IsKatanet, "these are settings of our runtime");
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (TestNode.IsKatanet)
        {
            await Node.RunAsync("rm", "-rf", Path, "/tmp/guest", "/tmp/qemu", "/tmp/full");
            await base.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public Task A_missing_kernel() =>
        Fails("guest:\n  kernel: /nowhere/vmlinux\n", "/nowhere/vmlinux");

    [Fact]
    public Task A_missing_guest_root() =>
        Fails("guest:\n  root: /nowhere/guest\n", "/nowhere/guest");

    [Fact]
    public Task A_missing_hypervisor() =>
        Fails("hypervisor:\n  path: /nowhere/qemu\n", "/nowhere/qemu");

    [Fact]
    public Task A_hypervisor_that_exits_at_once() =>
        Fails("hypervisor:\n  path: /bin/false\n", "QEMU", "/bin/false");

    [Fact]
    public async Task A_hypervisor_that_complains_is_quoted()
    {
        await Node.WriteFileAsync("/tmp/qemu", "#!/bin/sh\necho 'no such machine today' >&2\nexit 3\n", executable: true);
        await Fails("hypervisor:\n  path: /tmp/qemu\n", "no such machine today");
    }

    [Fact]
    public Task A_missing_file_system_daemon() =>
        Fails("sharing:\n  daemon: /nowhere/fsd\n", "/nowhere/fsd");

    [Fact]
    public Task A_file_system_daemon_that_exits_at_once() =>
        Fails("sharing:\n  daemon: /bin/false\n", "/bin/false");

    [Fact]
    public async Task An_agent_that_never_answers()
    {
        // The guest boots, and its init is one that knows nothing of us. It starts with the share's root as its own, so it is a single file.
        const string Script = "mkdir -p /tmp/guest/sbin /tmp/guest/dev && cp /usr/bin/busybox /tmp/guest/sbin/init";
        (await Node.RunAsync("sh", "-c", Script)).Exits(0);
        CommandResult result = await Fails("guest:\n  root: /tmp/guest\nagent:\n  start_timeout_seconds: 8\n", "agent", "8 s");
        Assert.InRange(result.Took, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_full_state_folder()
    {
        (await Node.RunAsync("sh", "-c", "mkdir -p /tmp/full && mount -t tmpfs -o size=4k full /tmp/full && head -c 4096 /dev/zero > /tmp/full/x")).Exits(0);
        try
        {
            await Fails("runtime:\n  state_dir: /tmp/full/katanet\n", "No space left");
        }
        finally
        {
            (await Node.RunAsync("umount", "/tmp/full")).Exits(0);
        }
    }

    [Theory]
    [InlineData("hypervisor:\n  pth: /usr/bin/qemu\n", "pth", "2")]
    [InlineData("hypervisor:\n  vcpus: many\n", "vcpus", "2")]
    [InlineData("hypervisor:\n  vcpus: 0\n", "vcpus", "2")]
    [InlineData("hypervisor: [\n", "test.yaml", "")]
    public Task Settings_that_make_no_sense(string yaml, string key, string line) =>
        Fails(yaml, Path, key, line);

    [Fact]
    public async Task A_settings_file_that_is_missing()
    {
        (await RunAsync(new ContainerOptions { Config = "/etc/katanet/missing.yaml" }, "true")).FailsNaming("ctr:", "/etc/katanet/missing.yaml");
    }

    private async Task<CommandResult> Fails(string yaml, params string[] words)
    {
        await Node.WriteFileAsync(Path, yaml);
        return (await RunAsync(new ContainerOptions { Config = Path }, "true")).FailsNaming(["ctr:", .. words]);
    }
}
