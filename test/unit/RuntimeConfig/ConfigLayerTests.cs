using System;
using System.Collections;
using System.IO;
using System.Linq;
using KataShimNet.RuntimeConfig;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>A file, the drop-ins beside it and the environment: which wins, and what is said of where a value comes from.</summary>
public sealed class ConfigLayerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("katanet-layers-").FullName;

    private string Main => Path.Combine(_folder, "config.yaml");

    public ConfigLayerTests() => Directory.CreateDirectory(Path.Combine(_folder, "config.d"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LaterDropInsWinKeyByKey()
    {
        File.WriteAllText(Main, "hypervisor:\n  vcpus: 3\n  memory_mib: 512\n  extra_arguments: [\"-a\", \"-b\"]\n");
        DropIn("20-b.yaml", "hypervisor:\n  vcpus: 5\n");
        DropIn("10-a.yml", "hypervisor:\n  vcpus: 4\n  extra_arguments: [\"-c\"]\n");
        DropIn("30-c.yaml~", "hypervisor: broken\n");
        DropIn(".40-d.yaml", "hypervisor: broken\n");
        LoadedConfig config = Load();
        Assert.Equal(5, config.Options.Hypervisor.Vcpus);
        Assert.Equal(512, config.Options.Hypervisor.MemoryMib);
        Assert.Equal(["-c"], config.Options.Hypervisor.ExtraArguments);
        Assert.Equal([Main, DropInPath("10-a.yml"), DropInPath("20-b.yaml")], config.Files);
    }

    [Fact]
    public void TheEnvironmentWinsAndEachValueTellsItsOrigin()
    {
        File.WriteAllText(Main, "hypervisor:\n  memory_mib: 512\n");
        DropIn("a.yaml", "\nhypervisor:\n  vcpus: 4\n  user: nobody\n");
        LoadedConfig config = Load(
            ("KATANET_CONFIG_HYPERVISOR_VCPUS", "6"), ("KATANET_CONFIG_GUEST_KERNEL_PARAMS", "quiet x=\"a: b\""),
            ("KATANET_CONFIG_HYPERVISOR_EXTRA_ARGUMENTS", "[\"-s\"]"), ("KATANET_CONFIG_SHARING_DAEMON", ""), ("KATANET_CONFIG_HYPERVISOR_HUGEPAGES", "true"),
            ("KATANET_CONFIG", "/somewhere"), ("KATANET_CONTAINERD", "2.1"), ("PATH", "/bin"));
        Assert.Equal(6, config.Options.Hypervisor.Vcpus);
        Assert.Equal("quiet x=\"a: b\"", config.Options.Guest.KernelParams);
        Assert.Equal(["-s"], config.Options.Hypervisor.ExtraArguments);
        Assert.True(config.Options.Hypervisor.Hugepages);
        Assert.Equal("environment KATANET_CONFIG_HYPERVISOR_VCPUS", config.OriginOf("hypervisor.vcpus").ToString());
        Assert.Equal($"{DropInPath("a.yaml")}:4", config.OriginOf("hypervisor.user").ToString());
        Assert.Equal($"{Main}:2", config.OriginOf("hypervisor.memory_mib").ToString());
        Assert.Equal("default", config.OriginOf("hypervisor.path").ToString());
        Assert.Contains($"  memory_mib: 512".PadRight(48) + $"  # {Main}:2\n", ConfigText.ToYaml(config), StringComparison.Ordinal);
        Assert.Equal(ConfigText.ToYaml(config.Options), ConfigText.ToYaml(ConfigLoader.Parse(ConfigText.ToYaml(config), "shown")));
    }

    [Fact]
    public void EveryFileAndVariableTellsItsMistakes()
    {
        File.WriteAllText(Main, "hypervisor:\n  vcpu: 3\n");
        DropIn("a.yaml", "guest: 1\n");
        ConfigException error = Assert.Throws<ConfigException>(() => Load(
            ("KATANET_CONFIG_HYPERVISOR_VCPU", "6"), ("KATANET_CONFIG_HYPERVISOR_MEMORY_MIB", "big"), ("KATANET_CONFIG_NETWORK_MODEL", "slirp")));
        Assert.Equal(
            [
                $"{Main}:2:3: hypervisor.vcpu: there is no such key; did you mean vcpus?",
                $"{DropInPath("a.yaml")}:1:8: guest: a section with keys was expected, not 1; write guest: and below it, indented, KEY: VALUE",
                "environment KATANET_CONFIG_HYPERVISOR_MEMORY_MIB: hypervisor.memory_mib: a whole number was expected, not big; write a number without quotes, 128 or more",
                "environment KATANET_CONFIG_HYPERVISOR_VCPU: there is no such setting; did you mean KATANET_CONFIG_HYPERVISOR_VCPUS?",
                "environment KATANET_CONFIG_NETWORK_MODEL: network.model: one of the words known here was expected, not the text \"slirp\"; write one of: tcfilter, macvtap, none",
            ],
            error.Problems.Select(problem => problem.ToString()));
    }

    private LoadedConfig Load(params (string Name, string Value)[] environment)
    {
        IDictionary variables = environment.ToDictionary(pair => pair.Name, pair => pair.Value);
        return ConfigLoader.LoadWithOrigins(Main, variables);
    }

    private void DropIn(string name, string text) => File.WriteAllText(DropInPath(name), text);

    private string DropInPath(string name) => Path.Combine(_folder, "config.d", name);
}
