using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>What <c>make package</c> builds, installed on a node that never had us.</summary>
public sealed class PackageFileTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    private const string Main = "/etc/containerd/config.toml";

    [Fact]
    public async Task The_deb_installs_runs_a_container_and_goes_without_a_trace()
    {
        string before = await File.ReadAllTextAsync(Node.Root + Main);
        await File.WriteAllTextAsync(Node.Root + Main, before + "imports = [\"/etc/containerd/conf.d/*.toml\"]\n");
        try
        {
            File.Copy(await BuiltPackages.FileAsync(".deb"), Node.State + "/katanet.deb", overwrite: true);
            CommandResult installed = (await DpkgAsync("--install", "/state/katanet.deb")).Exits(0);
            Assert.Contains("restart containerd for it", installed.Text, StringComparison.Ordinal);
            Assert.Contains("now run: katanet check", installed.Text, StringComparison.Ordinal);
            // What dpkg --verify finds different from the package's sums it prints.
            (await DpkgAsync("--verify", "katanet")).Exits(0).Prints("");
            string check = (await Node.RunAsync("katanet", "check")).Exits(0).Text;
            Assert.Contains("/etc/containerd/conf.d/katanet.toml", check, StringComparison.Ordinal);
            await RunsAContainerAsync();

            // An operator's settings survive the package, but not its purge.
            await File.AppendAllTextAsync(Node.Root + "/etc/katanet/config.yaml", "runtime:\n  log_level: debug\n");
            (await DpkgAsync("--remove", "katanet")).Exits(0);
            Assert.True(File.Exists(Node.Root + "/etc/katanet/config.yaml"));
            Assert.False(File.Exists(Node.Root + "/etc/containerd/conf.d/katanet.toml"));
        }
        finally
        {
            await DpkgAsync("--purge", "katanet");
            await File.WriteAllTextAsync(Node.Root + Main, before);
        }
    }

    [Fact]
    public async Task The_tarball_installs_by_its_own_script_and_goes_again()
    {
        File.Copy(await BuiltPackages.FileAsync(".tar.gz"), Node.State + "/katanet.tar.gz", overwrite: true);
        (await Node.RunAsync("sh", "-c", "mkdir /state/unpacked && tar -xzf /state/katanet.tar.gz --strip-components=1 -C /state/unpacked")).Exits(0);
        CommandResult installed = (await Node.RunAsync("/state/unpacked/install.sh", "install")).Exits(0);
        // The node's main file imports nothing: that is said, with the line that is missing.
        Assert.Contains("LEFT TO DO", installed.Text, StringComparison.Ordinal);
        Assert.Contains("    imports = [\"/etc/containerd/conf.d/*.toml\"]", installed.Text, StringComparison.Ordinal);
        await RunsAContainerAsync();
        (await Node.RunAsync("/state/unpacked/install.sh", "uninstall")).Exits(0);
        await Node.RunAsync("rmdir", "/usr/local/share/doc");
    }

    [Fact]
    public async Task The_sums_are_right_and_the_list_names_the_parts()
    {
        string folder = await BuiltPackages.FolderAsync();
        (await HostAsync("sh", "-c", $"cd '{folder}' && sha256sum --check --strict SHA256SUMS")).Exits(0);
        Assert.Equal(3, File.ReadLines(Path.Combine(folder, "SHA256SUMS")).Count());

        using JsonDocument parts = JsonDocument.Parse(await File.ReadAllBytesAsync(await BuiltPackages.FileAsync(".cdx.json")));
        Assert.Equal("CycloneDX", parts.RootElement.GetProperty("bomFormat").GetString());
        JsonElement[] components = [.. parts.RootElement.GetProperty("components").EnumerateArray()];
        string[] names = [.. components.Select(component => component.GetProperty("name").GetString()!)];
        foreach (string name in (string[])["crun", "libc6", "libseccomp2", "Google.Protobuf", "YamlDotNet", "System.CommandLine"])
            Assert.Contains(name, names);
        Assert.Contains(names, name => name.StartsWith("linux-", StringComparison.Ordinal));
        Assert.Equal(components.Length, components.Select(component => component.GetProperty("bom-ref").GetString()).Distinct().Count());
        Assert.All(
            components.Where(component => component.GetProperty("purl").GetString()!.StartsWith("pkg:nuget/", StringComparison.Ordinal)),
            component => Assert.Equal(128, component.GetProperty("hashes")[0].GetProperty("content").GetString()!.Length));
    }

    // dpkg tells by PATH whether it can do its work; the node's PATH has all that it looks for.
    private Task<CommandResult> DpkgAsync(params string[] arguments) => Node.RunAsync(TimeSpan.FromSeconds(60), null, ["dpkg", .. arguments]);
}
