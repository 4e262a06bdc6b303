using System;
using System.IO;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Readme;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary><c>make install</c> and <c>make uninstall</c>, with the node's tree as DESTDIR.</summary>
public sealed class InstallTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    [Fact]
    public async Task What_it_puts_there_runs_a_container_and_goes_again()
    {
        (await MakeAsync("install", "/usr/local", "/usr/share/katanet")).Exits(0);
        try
        {
            string check = (await Node.RunAsync("katanet", "check")).Exits(0).Text;
            Assert.Contains("/usr/local/bin/containerd-shim-katanet-v2", check, StringComparison.Ordinal);
            (await Node.RunAsync("katanet", "config", "check", "/usr/local/share/doc/katanet/config.yaml")).Exits(0);
            Assert.Contains("\"/usr/local/bin/katanet-fsd\"", await File.ReadAllTextAsync(Node.Root + "/usr/share/qemu/vhost-user/50-katanet-fsd.json"), StringComparison.Ordinal);
            await RunsAContainerAsync();
            await TheMonitorStartsAsync("/usr/local");
        }
        finally
        {
            (await MakeAsync("uninstall", "/usr/local", "/usr/share/katanet")).Exits(0);
        }

        await RemoveEmptyFoldersAsync();
    }

    [Fact]
    public async Task Another_place_for_the_guest_is_written_into_the_settings()
    {
        (await MakeAsync("install", "/opt/kn", "/opt/kn/guest")).Exits(0);
        try
        {
            string check = (await Node.RunAsync("sh", "-c", "PATH=/opt/kn/bin:$PATH katanet check; true")).Text;
            Assert.Contains("/opt/kn/guest/vmlinux", check, StringComparison.Ordinal);
        }
        finally
        {
            (await MakeAsync("uninstall", "/opt/kn", "/opt/kn/guest")).Exits(0);
        }

        await RemoveEmptyFoldersAsync();
    }

    [Fact]
    public async Task Settings_of_the_operator_stay()
    {
        await Node.WriteFileAsync("/etc/katanet/config.yaml", "hypervisor:\n  vcpus: 3\n");
        (await MakeAsync("install", "/usr/local", "/usr/share/katanet")).Exits(0);
        CommandResult result = (await MakeAsync("uninstall", "/usr/local", "/usr/share/katanet")).Exits(0);
        Assert.Contains("/etc/katanet/config.yaml was changed and stays", result.Text, StringComparison.Ordinal);
        Assert.Equal("hypervisor:\n  vcpus: 3\n", await File.ReadAllTextAsync(Node.Root + "/etc/katanet/config.yaml"));
        Directory.Delete(Node.Root + "/etc/katanet", recursive: true);
        await RemoveEmptyFoldersAsync();
    }

    private Task<CommandResult> MakeAsync(string target, string prefix, string data) =>
        RepositoryMake.RunAsync(TimeSpan.FromMinutes(2), target, $"PREFIX={prefix}", $"DATADIR={data}", $"DESTDIR={Node.Root}");

    // Folders that others may use too stay, as with any `make uninstall`; they have to be empty.
    private async Task RemoveEmptyFoldersAsync() =>
        await Node.RunAsync("sh", "-c", "rmdir -p /opt/kn/bin /opt/kn/lib /opt/kn/libexec /opt/kn/share/doc /usr/local/share/doc 2>/dev/null; true");
}
