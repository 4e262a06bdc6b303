using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Leaks;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>The script of the DaemonSet in deploy/kubernetes, with the node as its host.</summary>
public sealed class KubernetesInstallerTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    private const string Shim = "/opt/katanet/bin/containerd-shim-katanet-v2";

    [Fact]
    public async Task It_installs_verifies_restarts_once_and_takes_all_back()
    {
        string main = Node.Root + "/etc/containerd/config.toml";
        string before = await File.ReadAllTextAsync(main);
        await UnpackAsync();
        try
        {
            CommandResult installed = (await InstallerAsync("install")).Exits(0);
            Assert.Contains("this machine can run sandboxes", installed.Text, StringComparison.Ordinal);
            Assert.Contains("added the handler at the end", installed.Text, StringComparison.Ordinal);
            // A pod that is replaced does it again; containerd is not disturbed for nothing.
            (await InstallerAsync("install")).Exits(0);
            Assert.Equal("restarted\n", await File.ReadAllTextAsync(Node.State + "/restarts"));

            string dump = (await Node.RunAsync("containerd", "config", "dump")).Exits(0).Text;
            Assert.Contains($"runtime_path = '{Shim}'", dump, StringComparison.Ordinal);
            Assert.Contains("ConfigPath = '/etc/katanet/config.yaml'", dump, StringComparison.Ordinal);
            // As the CRI plugin does it: the shim by its path, with these settings.
            (await Node.RunAsync(
                TimeSpan.FromSeconds(90), null, "ctr", "run", "--rm", "--runtime", Shim, "--runtime-config-path", "/etc/katanet/config.yaml",
                TestImages.Busybox, "installed", "grep", " / virtiofs ", "/proc/mounts")).Exits(0);

            // The end of a sandbox needs the shim's program, so nothing is taken off while one runs.
            (await Node.RunAsync(
                TimeSpan.FromSeconds(90), null, "ctr", "run", "--detach", "--runtime", Shim, "--runtime-config-path", "/etc/katanet/config.yaml",
                TestImages.Busybox, "running", "sleep", "1000")).Exits(0);
            (await InstallerAsync("uninstall")).FailsNaming("sandboxes run on this node", "end them first");
            Assert.True(File.Exists(Node.Root + Shim));
            (await Node.RunAsync("ctr", "tasks", "rm", "--force", "running")).Exits(0);
            (await Node.RunAsync("ctr", "containers", "rm", "running")).Exits(0);
            await Waiting.UntilAsync(
                "its shim has ended", TimeSpan.FromSeconds(30),
                () => Task.FromResult(!ProcessTree.Below(Node.InitPid).Any(process => process.Name.StartsWith("containerd-shim", StringComparison.Ordinal))));
        }
        finally
        {
            (await InstallerAsync("uninstall")).Exits(0);
        }

        Assert.Equal(before, await File.ReadAllTextAsync(main));
        Assert.Equal("restarted\nrestarted\n", await File.ReadAllTextAsync(Node.State + "/restarts"));
    }

    [Fact]
    public async Task A_node_that_cannot_is_told_why_and_its_containerd_left_alone()
    {
        string qemu = Node.Root + "/usr/bin/qemu-system-x86_64";
        await UnpackAsync();
        File.Move(qemu, qemu + ".away");
        try
        {
            CommandResult refused = await InstallerAsync("install");
            refused.FailsNaming("cannot run sandboxes", "qemu");
            Assert.Contains("version = ", await File.ReadAllTextAsync(Node.Root + "/etc/containerd/config.toml"), StringComparison.Ordinal);
            Assert.DoesNotContain("katanet", await File.ReadAllTextAsync(Node.Root + "/etc/containerd/config.toml"), StringComparison.Ordinal);
        }
        finally
        {
            File.Move(qemu + ".away", qemu);
            (await InstallerAsync("uninstall")).Exits(0);
        }
    }

    private async Task UnpackAsync()
    {
        File.Copy(await BuiltPackages.FileAsync(".tar.gz"), Node.State + "/katanet.tar.gz", overwrite: true);
        File.Copy(Path.Combine(BareNodeFixture.Repository, "deploy/kubernetes/installer.sh"), Node.State + "/installer.sh", overwrite: true);
        await File.WriteAllTextAsync(Node.State + "/restart.sh", "echo restarted >>/state/restarts\n");
        (await Node.RunAsync("sh", "-c", "rm -rf /state/payload && mkdir /state/payload && tar -xzf /state/katanet.tar.gz --strip-components=1 -C /state/payload")).Exits(0);
    }

    // The installer's own way to the node, nsenter into the first process, works here too: that is the node's init.
    private Task<CommandResult> InstallerAsync(string verb) => Node.RunAsync(
        TimeSpan.FromSeconds(60), null, "env", "HOST=/", "PAYLOAD=/state/payload", "RESTART=sh /state/restart.sh", "/state/installer.sh", verb);
}
