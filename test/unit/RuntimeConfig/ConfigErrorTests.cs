using System.Linq;
using KataShimNet.RuntimeConfig;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>Every kind of mistake, with the whole line that the reader of a log sees.</summary>
public sealed class ConfigErrorTests
{
    [Theory]
    // Unknown keys.
    [InlineData("hypervisor:\n  vcpu: 2\n", "f.yaml:2:3: hypervisor.vcpu: there is no such key; did you mean vcpus?")]
    [InlineData("hypervisor:\n  memory-mib: 512\n", "f.yaml:2:3: hypervisor.memory-mib: there is no such key; did you mean memory_mib?")]
    [InlineData("guest:\n  vcpus: 2\n", "f.yaml:2:3: guest.vcpus: there is no such key; put it under hypervisor:")]
    [InlineData("containerd:\n  zzzzzzzzz: 2\n", "f.yaml:2:3: containerd.zzzzzzzzz: there is no such key; remove it; keys of containerd are: protocol")]
    [InlineData("hypervisr: {}\n", "f.yaml:1:1: hypervisr: there is no such section; did you mean hypervisor?")]
    [InlineData("vcpus: 4\n", "f.yaml:1:1: vcpus: there is no such section; put it under hypervisor:")]
    [InlineData("qwertzuiop: 4\n",
        "f.yaml:1:1: qwertzuiop: there is no such section; remove it; sections are: hypervisor, guest, sharing, network, agent, runtime, tracing, containerd")]
    // Wrong types.
    [InlineData("hypervisor:\n  vcpus: two\n", "f.yaml:2:10: hypervisor.vcpus: a whole number was expected, not two; write a number without quotes, 1 to 240")]
    [InlineData("hypervisor:\n  vcpus: \"2\"\n",
        "f.yaml:2:10: hypervisor.vcpus: a whole number was expected, not the text \"2\"; write a number without quotes, 1 to 240")]
    [InlineData("hypervisor:\n  memory_mib: 1.5\n",
        "f.yaml:2:15: hypervisor.memory_mib: a whole number was expected, not 1.5; write a number without quotes, 128 or more")]
    [InlineData("hypervisor:\n  vcpus: [2]\n",
        "f.yaml:2:10: hypervisor.vcpus: a whole number was expected, not a list; write a number without quotes, 1 to 240")]
    [InlineData("hypervisor:\n  extra_arguments: -s\n",
        "f.yaml:2:20: hypervisor.extra_arguments: a list of texts was expected, not -s; write [\"one\", \"two\"], or [] for none")]
    [InlineData("hypervisor:\n  extra_arguments: [a, [b]]\n",
        "f.yaml:2:24: hypervisor.extra_arguments[1]: a text was expected, not a list; write a text, in quotes if it has signs of YAML in it")]
    [InlineData("guest:\n  kernel_params: {a: b}\n",
        "f.yaml:2:18: guest.kernel_params: a text was expected, not a section with keys; write a text, in quotes if it has signs of YAML in it")]
    [InlineData("guest: fast\n", "f.yaml:1:8: guest: a section with keys was expected, not fast; write guest: and below it, indented, KEY: VALUE")]
    [InlineData("- a\n", "f.yaml:1:1: sections were expected, not a list; write SECTION: and below it, indented, KEY: VALUE")]
    [InlineData("[a]: 1\n", "f.yaml:1:1: a key must be a word, not a list; write KEY: VALUE")]
    // Impossible values.
    [InlineData("hypervisor:\n  vcpus: 0\n", "f.yaml:2:10: hypervisor.vcpus: 0 is out of range; write 1 to 240")]
    [InlineData("hypervisor:\n  vcpus: 99999999999999999999\n", "f.yaml:2:10: hypervisor.vcpus: 99999999999999999999 is out of range; write 1 to 240")]
    [InlineData("hypervisor:\n  memory_mib: -5\n", "f.yaml:2:15: hypervisor.memory_mib: -5 is out of range; write 128 or more")]
    [InlineData("hypervisor:\n  path: qemu\n", "f.yaml:2:9: hypervisor.path: an absolute path was expected, not qemu; write the whole path, from /")]
    [InlineData("guest:\n  root: \"\"\n", "f.yaml:2:9: guest.root: an absolute path was expected, not the text \"\"; write the whole path, from /")]
    [InlineData("sharing:\n  daemon: fsd\n", "f.yaml:2:11: sharing.daemon: an absolute path was expected, not fsd; write the whole path, from /, or \"\"")]
    [InlineData("sharing:\n  queue_size: 100\n", "f.yaml:2:15: sharing.queue_size: a power of two was expected, not 100; write 64 or 128")]
    [InlineData("sharing:\n  dax_window_mib: 100\n", "f.yaml:2:19: sharing.dax_window_mib: a power of two was expected, not 100; write 64 or 128")]
    [InlineData("sharing:\n  dax_window_mib: 1024\n", "f.yaml:2:19: sharing.dax_window_mib: 1024 is out of range; write 2 to 512")]
    [InlineData("sharing:\n  queue_size: 2048\n", "f.yaml:2:15: sharing.queue_size: 2048 is out of range; write 16 to 1024")]
    [InlineData("hypervisor:\n  accelerator: KVM\n",
        "f.yaml:2:16: hypervisor.accelerator: one of the words known here was expected, not KVM; write one of: auto, kvm, tcg")]
    [InlineData("runtime:\n  log_level: verbose\n",
        "f.yaml:2:14: runtime.log_level: one of the words known here was expected, not verbose; write one of: trace, debug, info, warning, error")]
    [InlineData("tracing:\n  endpoint: https://a:4318\n",
        "f.yaml:2:13: tracing.endpoint: a collector was expected, not https://a:4318; write http://HOST:PORT, unix:///PATH, or \"\"")]
    [InlineData("tracing:\n  endpoint: unix://run/otlp\n",
        "f.yaml:2:13: tracing.endpoint: a collector was expected, not unix://run/otlp; write http://HOST:PORT, unix:///PATH, or \"\"")]
    [InlineData("hypervisor:\n  vcpus_overhead: half\n",
        "f.yaml:2:19: hypervisor.vcpus_overhead: a number was expected, not half; write a number without quotes, 0 to 240")]
    [InlineData("hypervisor:\n  vcpus_overhead: 240.5\n", "f.yaml:2:19: hypervisor.vcpus_overhead: 240.5 is out of range; write 0 to 240")]
    [InlineData("hypervisor:\n  block_logical_sector: 1\n",
        "f.yaml:2:25: hypervisor.block_logical_sector: 1 is out of range; write 512 to 32768")]
    [InlineData("sharing:\n  sandbox_bind_mounts: [tools]\n",
        "f.yaml:2:25: sharing.sandbox_bind_mounts[0]: a folder of the host was expected, not tools; write /PATH, /PATH:ro or /PATH:rw")]
    [InlineData("sharing:\n  sandbox_bind_mounts: [\"/:rw\"]\n",
        "f.yaml:2:25: sharing.sandbox_bind_mounts[0]: a folder of the host was expected, not the text \"/:rw\"; write /PATH, /PATH:ro or /PATH:rw")]
    [InlineData("sharing:\n  sandbox_bind_mounts: [/a/tools, \"/b/tools/:rw\"]\n",
        "f.yaml:2:35: sharing.sandbox_bind_mounts[1]: another one is called tools, too; give folders whose paths end differently")]
    // No value, doubled keys, parts of YAML that are not for settings.
    [InlineData("guest:\n  kernel_params:\n",
        "f.yaml:2:17: guest.kernel_params: a text was expected, not nothing; write a text, in quotes if it has signs of YAML in it")]
    [InlineData("guest:\n  kernel: /a\n  kernel: /b\n", "f.yaml:3:3: guest.kernel: this key stands in line 2 already; keep one of the two")]
    [InlineData("guest: {}\nguest: {}\n", "f.yaml:2:1: guest: this key stands in line 1 already; keep one of the two")]
    [InlineData("guest:\n  kernel: &k /a\n",
        "f.yaml:2:11: guest.kernel: anchors (&name) and aliases (*name) are not supported; write the value itself")]
    [InlineData("hypervisor:\n  vcpus: !!int 3\n", "f.yaml:2:10: hypervisor.vcpus: tags (!name) are not supported; write the value without one")]
    [InlineData("guest: {}\n---\nguest: {}\n", "f.yaml:2:1: a second document begins here; keep one document: remove the line ---")]
    public void OneMistakeGivesOneLine(string yaml, string line)
    {
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigLoader.Parse(yaml, "f.yaml"));
        Assert.Equal(line, error.Message);
    }

    [Theory]
    [InlineData("guest:\n  kernel: /a\n boot: initrd\n", 3)]
    [InlineData("guest: [\n", 2)]
    [InlineData("guest:\n\tkernel: /a\n", 2)]
    [InlineData("guest: \"open\n", 1)]
    [InlineData("a: *nobody\n", 1)]
    public void WhatIsNotYamlSaysWhere(string yaml, int line)
    {
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigLoader.Parse(yaml, "f.yaml"));
        ConfigProblem problem = error.Problems[0];
        // The parser tells where it began to be wrong, or where it noticed.
        Assert.InRange(problem.Line, line - 1, line + 1);
        Assert.True(problem.Column >= 1);
        Assert.DoesNotContain("Exception", error.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void EveryMistakeIsToldInTheOrderOfTheFile()
    {
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigLoader.Parse(
            "hypervisor:\n  vcpus: 0\n  memory_mb: 1\nguest:\n  kernel: a\n  kernel: /b\ncontainerd:\n  protocol: http\n", "f.yaml"));
        Assert.Equal(["hypervisor.vcpus", "hypervisor.memory_mb", "guest.kernel", "guest.kernel", "containerd.protocol"],
            error.Problems.Select(problem => problem.Key));
        Assert.Equal([2, 3, 5, 6, 8], error.Problems.Select(problem => problem.Line));
        Assert.Equal(5, error.Message.Split('\n').Length);
    }

    [Fact]
    public void DeepNestingIsAnErrorAndNotTheEndOfTheProcess()
    {
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigLoader.Parse("guest: " + new string('[', 100_000), "f.yaml"));
        Assert.Contains("too many levels", error.Message, System.StringComparison.Ordinal);
    }
}
