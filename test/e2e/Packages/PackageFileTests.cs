using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Readme;
using Xunit;

namespace KataShimNet.EndToEndTests.Packages;

/// <summary>What <c>make package</c> builds, installed on a node that never had us.</summary>
public sealed partial class PackageFileTests(BareNodeFixture fixture) : PackageTest(fixture)
{
    private const string Main = "/etc/containerd/config.toml";

    [Fact]
    public async Task The_deb_installs_runs_a_container_and_goes_without_a_trace()
    {
        string before = await File.ReadAllTextAsync(Node.Root + Main);
        await File.WriteAllTextAsync(Node.Root + Main, before + "imports = [\"/etc/containerd/conf.d/*.toml\"]\n");
        try
        {
            CopyToNode(await BuiltPackages.FileAsync(".deb"));
            CommandResult installed = (await DocumentAsync("package")).Exits(0);
            Assert.Contains("restart containerd for it", installed.Text, StringComparison.Ordinal);
            Assert.Contains("now run: katanet check", installed.Text, StringComparison.Ordinal);
            // What dpkg --verify finds different from the package's sums it prints.
            (await DpkgAsync("--verify", "katanet")).Exits(0).Prints("");
            string check = (await Node.RunAsync("katanet", "check")).Exits(0).Text;
            Assert.Contains("/etc/containerd/conf.d/katanet.toml", check, StringComparison.Ordinal);
            await RunsAContainerAsync();
            Assert.Contains(await GuestReleaseAsync(), (await DocumentAsync("first")).Exits(0).Text, StringComparison.Ordinal);
            (await DocumentAsync("handler")).Exits(0);
            Assert.Contains("runtime_path = \"/usr/bin/containerd-shim-katanet-v2\"", (await DocumentAsync("lines")).Exits(0).Text, StringComparison.Ordinal);
            await DocumentedCommandsExistAsync();
            Assert.Contains("--socket-path", (await Node.RunAsync("katanet-fsd", "--help")).Exits(0).Text, StringComparison.Ordinal);
            await TheMonitorStartsAsync("/usr");

            // What dpkg brought is dpkg's to take away, also where another PREFIX has the programs.
            foreach (string prefix in (string[])["/usr/local", "/usr"])
            {
                CommandResult refused = await RepositoryMake.RunAsync(TimeSpan.FromMinutes(1), "uninstall", $"PREFIX={prefix}", $"DESTDIR={Node.Root}");
                refused.FailsNaming("belongs to the Debian package katanet", "apt remove katanet");
            }

            (await DpkgAsync("--verify", "katanet")).Exits(0).Prints("");
            Assert.True(File.Exists(Node.Root + "/etc/containerd/conf.d/katanet.toml"));

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
        string tarball = await BuiltPackages.FileAsync(".tar.gz");
        CopyToNode(tarball);
        CommandResult installed = (await DocumentAsync("tarball")).Exits(0);
        // The node's main file imports nothing: that is said, with the line that is missing.
        Assert.Contains("LEFT TO DO", installed.Text, StringComparison.Ordinal);
        Assert.Contains("    imports = [\"/etc/containerd/conf.d/*.toml\"]", installed.Text, StringComparison.Ordinal);
        await RunsAContainerAsync();
        (await Node.RunAsync($"/state/{Path.GetFileName(tarball).Replace(".tar.gz", "", StringComparison.Ordinal)}/install.sh", "uninstall")).Exits(0);
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
        foreach (string name in (string[])["crun", "libc6", "libseccomp2", "Google.Protobuf", "YamlDotNet", "System.CommandLine", "prometheus-net", "Grpc.Reflection"])
            Assert.Contains(name, names);
        Assert.Contains(names, name => name.StartsWith("linux-", StringComparison.Ordinal));
        Assert.Equal(components.Length, components.Select(component => component.GetProperty("bom-ref").GetString()).Distinct().Count());
        Assert.All(
            components.Where(component => component.GetProperty("purl").GetString()!.StartsWith("pkg:nuget/", StringComparison.Ordinal)),
            component => Assert.Equal(128, component.GetProperty("hashes")[0].GetProperty("content").GetString()!.Length));
    }

    private void CopyToNode(string file) => File.Copy(file, Path.Combine(Node.State, Path.GetFileName(file)), overwrite: true);

    // The commands as docs/getting-started.md has them, where the packages lie.
    private Task<CommandResult> DocumentAsync(string block) =>
        Node.RunAsync(TimeSpan.FromSeconds(90), null, "sh", "-c", "cd /state\n" + ReadmeBlock.Script(block, "docs/getting-started.md"));

    private async Task<string> GuestReleaseAsync() => (await Node.RunAsync("ls", "/usr/share/katanet/guest/lib/modules")).Exits(0).Text.Trim();

    private async Task DocumentedCommandsExistAsync()
    {
        string[] documents = [.. Directory.EnumerateFiles(Path.Combine(BareNodeFixture.Repository, "docs"), "*.md"), Path.Combine(BareNodeFixture.Repository, "README.md")];
        string[] verbs = [.. documents.SelectMany(file => Verb().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct()];
        Assert.Contains("check", verbs);
        foreach (string verb in verbs)
            Assert.Contains($"katanet {verb}", (await Node.RunAsync("katanet", verb, "--help")).Exits(0).Text, StringComparison.Ordinal);
    }

    // In code only: `katanet VERB`, or a line of a block.
    [GeneratedRegex("(?:`|^)katanet ([a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Verb();

    // dpkg tells by PATH whether it can do its work; the node's PATH has all that it looks for.
    private Task<CommandResult> DpkgAsync(params string[] arguments) => Node.RunAsync(TimeSpan.FromSeconds(60), null, ["dpkg", .. arguments]);
}
