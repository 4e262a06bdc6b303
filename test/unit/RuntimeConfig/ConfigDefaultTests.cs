using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Schema;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>The options' types, the table of settings and the example file say the same.</summary>
public sealed class ConfigDefaultTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    [InlineData("hypervisor:\nguest:\n")]
    public void NothingSaidGivesTheDefaults(string yaml) =>
        Assert.Equal(ConfigText.ToYaml(new KatanetOptions()), ConfigText.ToYaml(ConfigLoader.Parse(yaml, "f.yaml")));

    [Fact]
    public void TheTableHasEveryOptionAndNoOther()
    {
        List<string> inTypes = [.. typeof(KatanetOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .SelectMany(section => section.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(option => $"{Snake(section.Name)}.{Snake(option.Name)}"))];
        Assert.Equal(inTypes.Order(StringComparer.Ordinal), InTable().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheExampleFileListsEveryKeyWithItsDefault()
    {
        string example = File.ReadAllText(RepositoryFile.Find("deploy/config.yaml"));
        Assert.Equal(ConfigText.ToYaml(new KatanetOptions()), ConfigText.ToYaml(ConfigLoader.Parse(example, "deploy/config.yaml")));

        var keys = new List<string>();
        string section = "";
        foreach (string line in example.Split('\n').Where(line => line.TrimStart() is not "" && !line.TrimStart().StartsWith('#')))
        {
            string key = line[..line.IndexOf(':', StringComparison.Ordinal)];
            if (key.StartsWith(' '))
                keys.Add($"{section}.{key.Trim()}");
            else
                section = key;
        }
        Assert.Equal(InTable(), keys);
    }

    [Fact]
    public void EverySettingIsReadAndShown()
    {
        const string Yaml = """
            hypervisor:
              path: /q
              accelerator: tcg
              vcpus: 240
              max_vcpus: 240
              vcpus_overhead: 0.25
              memory_mib: 128
              memory_overhead_mib: 0
              max_memory_mib: 4096
              free_page_reporting: false
              hugepages: true
              prealloc: true
              hotplug_ports: 28
              block_device_driver: virtio-scsi
              block_aio: native
              block_cache: none
              block_queues: 64
              block_queue_size: 16
              block_logical_sector: 512
              block_physical_sector: 32768
              block_iothread: true
              entropy_source: /dev/hwrng
              extra_monitor_socket: qmp-pretty
              cpu_features: ""
              user: nobody
              seccomp: false
              extra_arguments: ["-s","a b","\""]
              enable_annotations: ["default_*"]
            guest:
              kernel: /k
              root: /r
              initrd: /i
              boot: initrd
              seccomp: false
              kernel_params: "quiet x=\"1: 2\" # é"
            sharing:
              daemon: /f
              queues: 64
              queue_size: 16
              watch_limit_kib: 0
              dax: always
              dax_window_mib: 64
              truncation_guard: "on"
              lease_validity_ms: 30000
              lease_margin_ms: 0
              lease_contention_ms: 600000
              maps_without_dax: refuse
              sandbox_bind_mounts: ["/a/tools","/b/data:rw"]
              extra_arguments: ["--no-readdirplus"]
            network:
              model: macvtap
              queues: 16
              vhost: never
              port_forward: false
            agent:
              log_level: trace
              start_timeout_seconds: 1
              request_timeout_seconds: 3600
              health_interval_seconds: 0
              health_timeout_seconds: 3600
              kernel_modules: ["dummy numdummies=2"]
              debug_console: true
            runtime:
              state_dir: /s
              log_level: error
              output_grace_seconds: 0
            tracing:
              endpoint: "unix:///run/otlp.sock"
              sample_percent: 0
              service_name: "a b"
            containerd:
              protocol: grpc

            """;
        KatanetOptions options = ConfigLoader.Parse(Yaml, "f.yaml");
        Assert.Equal(Yaml, ConfigText.ToYaml(options));
        Assert.Equal(["-s", "a b", "\""], options.Hypervisor.ExtraArguments);
        Assert.Equal("quiet x=\"1: 2\" # é", options.Guest.KernelParams);
        Assert.Equal(Accelerator.Tcg, options.Hypervisor.Accelerator);
        Assert.Equal(GuestBoot.Initrd, options.Guest.Boot);
        Assert.Equal(ShimProtocol.Grpc, options.Containerd.Protocol);
        Assert.Equal(64, options.Sharing.Queues);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("12")]
    [InlineData("a: b")]
    [InlineData("/a b")]
    [InlineData("~")]
    public void ShownTextIsReadAsTheSameText(string text)
    {
        var options = new KatanetOptions { Guest = new GuestOptions { KernelParams = text } };
        Assert.Equal(text, ConfigLoader.Parse(ConfigText.ToYaml(options), "f.yaml").Guest.KernelParams);
    }

    private static List<string> InTable() => [.. SettingTable.Sections.SelectMany(section => section.Keys.Select(key => $"{section.Name}.{key}"))];

    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (char c in name)
            snake.Append(char.IsAsciiLetterUpper(c) && snake.Length != 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        return snake.ToString();
    }
}
