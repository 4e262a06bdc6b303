using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Images;
using KataShimNet.EndToEndTests.Leaks;
using KataShimNet.EndToEndTests.Monitoring;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>A test that installs us on a node which never had us. At its end the node's files are what they were.</summary>
[Collection(BareNodeCollection.Name)]
public abstract class PackageTest(BareNodeFixture fixture) : IAsyncLifetime
{
    // -xdev keeps out of what is mounted below: /run, /tmp, the logs and containerd's own folder. dpkg's books are its own business.
    private const string Listing = @"find / -xdev \( -path /var/lib/dpkg -o -path /var/cache \) -prune -o ! -type d -printf '%p %s %m\n' -o -printf '%p %m\n'";

    private IReadOnlySet<string> _files = null!;

    /// <summary>The node.</summary>
    protected TestNode Node => fixture.Node;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _files = await FilesAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        IReadOnlySet<string> now = await FilesAsync();
        Assert.Equal([], now.Except(_files).Order());
        Assert.Equal([], _files.Except(now).Order());
        string[] ours = [.. ProcessTree.Below(Node.InitPid).Select(process => process.Name).Where(name => name.Contains("kata") || name.Contains("qemu"))];
        Assert.Equal([], ours);
    }

    /// <summary>Runs a container with what is installed, and checks that it had a machine of its own.</summary>
    protected async Task RunsAContainerAsync()
    {
        // containerd is restarted as the installation says; it remembers besides where it found a shim before.
        await using (await ContainerdOutage.BeginAsync(Node))
        {
        }

        CommandResult result = (await Node.RunAsync(
            TimeSpan.FromSeconds(90), null, "ctr", "run", "--rm", "--runtime", "io.containerd.katanet.v2", TestImages.Busybox, "installed", "cat", "/proc/mounts")).Exits(0);
        Assert.Contains(" / virtiofs ", result.Text, StringComparison.Ordinal);
    }

    /// <summary>Checks the monitor's unit, and starts the program that it names.</summary>
    protected async Task TheMonitorStartsAsync(string prefix)
    {
        string unit = $"{prefix}/lib/systemd/system/katanet-monitor.service";
        (await Node.RunAsync("grep", "-x", $"ExecStart={prefix}/bin/katanet-monitor", unit)).Exits(0);
        // Words that systemd does not know are a warning only.
        CommandResult verified = (await Node.RunAsync("systemd-analyze", "verify", "--man=no", unit)).Exits(0);
        Assert.DoesNotContain(unit, verified.AllText, StringComparison.Ordinal);
        await using RunningMonitor monitor = await RunningMonitor.StartAsync(Node);
        Assert.Equal($"{prefix}/bin/katanet-monitor", monitor.Program.Arguments.Split(' ')[0]);
        Assert.Contains("katanet_monitor_sandboxes{state=\"running\"} 0\n", await monitor.GetAsync("metrics"), StringComparison.Ordinal);
    }

    /// <summary>Runs a program of the machine that the tests run on.</summary>
    protected static Task<CommandResult> HostAsync(params string[] command) => Command.RunAsync(TimeSpan.FromMinutes(2), null, command[0], command[1..]);

    private async Task<IReadOnlySet<string>> FilesAsync() =>
        (await Node.RunAsync("sh", "-c", Listing)).Exits(0).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
}
