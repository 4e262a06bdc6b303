using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Kata;
using KataShimNet.RuntimeConfig.Options;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>A pod's annotations: which count by themselves, which when they are named, which never.</summary>
public sealed class KataAnnotationTests
{
    private readonly List<string> _ignored = [];

    [Fact]
    public void SizeAndKernelParametersCountByThemselves()
    {
        var node = new KatanetOptions { Guest = new GuestOptions { KernelParams = "quiet" } };
        KatanetOptions options = Apply(node, ("hypervisor.default_vcpus", "1.5"), ("hypervisor.default_memory", "777"),
            ("hypervisor.kernel_params", "panic=5"), ("runtime.internetworking_model", "macvtap"), ("runtime.create_container_timeout", "90"),
            ("agent.kernel_modules", "dummy numdummies=2; nfs"));
        Assert.Equal((2, 777), (options.Hypervisor.Vcpus, options.Hypervisor.MemoryMib));
        Assert.Equal("quiet panic=5", options.Guest.KernelParams);
        Assert.Equal(NetworkModel.Macvtap, options.Network.Model);
        Assert.Equal(90, options.Agent.RequestTimeoutSeconds);
        Assert.Equal(["dummy numdummies=2", "nfs"], options.Agent.KernelModules);
        Assert.Empty(_ignored);
    }

    [Theory]
    [InlineData("hypervisor.path", "/tmp/evil")]
    [InlineData("hypervisor.virtio_fs_daemon", "/tmp/evil")]
    [InlineData("hypervisor.virtio_fs_extra_args", "[]")]
    [InlineData("hypervisor.firmware", "/tmp/evil")]
    [InlineData("hypervisor.rootless", "false")]
    [InlineData("hypervisor.enable_annotations", "*")]
    [InlineData("hypervisor.extra_arguments", "-s")]
    [InlineData("runtime.sandbox_bind_mounts", "/etc:rw")]
    [InlineData("hypervisor.extra_monitor_socket", "qmp")]
    public void WhatCouldHarmTheHostNeverCounts(string name, string value)
    {
        var node = new KatanetOptions { Hypervisor = new HypervisorOptions { EnableAnnotations = ["*"] } };
        Assert.Equal(ConfigText.ToYaml(node), ConfigText.ToYaml(Apply(node, (name, value))));
        Assert.Equal([$"io.katacontainers.config.{name}: it has no equal here"], _ignored);
    }

    [Fact]
    public void APodChoosesNoDeviceOfTheHost()
    {
        var node = new KatanetOptions { Hypervisor = new HypervisorOptions { EnableAnnotations = ["*"] } };
        ConfigException error = Assert.Throws<ConfigException>(() => Apply(node, ("hypervisor.entropy_source", "/dev/sda")));
        Assert.Contains("/dev/sda is not for a pod to choose", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hypervisor.default_max_vcpus", "6")]
    [InlineData("hypervisor.kernel", "/k")]
    [InlineData("hypervisor.initrd", "/i")]
    [InlineData("hypervisor.enable_hugepages", "true")]
    [InlineData("hypervisor.enable_mem_prealloc", "true")]
    [InlineData("hypervisor.virtio_fs_cache_size", "64")]
    [InlineData("hypervisor.disable_vhost_net", "true")]
    [InlineData("hypervisor.block_device_queue_size", "64")]
    [InlineData("hypervisor.block_device_num_queues", "3")]
    [InlineData("hypervisor.blk_logical_sector_size", "4096")]
    [InlineData("hypervisor.blk_physical_sector_size", "4096")]
    [InlineData("hypervisor.enable_iothreads", "true")]
    [InlineData("hypervisor.entropy_source", "/dev/random")]
    [InlineData("runtime.disable_guest_seccomp", "true")]
    public void OthersCountOnlyWhenTheyAreNamed(string name, string value)
    {
        var node = new KatanetOptions();
        Assert.Equal(ConfigText.ToYaml(node), ConfigText.ToYaml(Apply(node, (name, value))));
        Assert.Equal([$"io.katacontainers.config.{name}: hypervisor.enable_annotations does not name it"], _ignored);
        var open = node with { Hypervisor = node.Hypervisor with { EnableAnnotations = [name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]] } };
        Assert.NotEqual(ConfigText.ToYaml(open), ConfigText.ToYaml(Apply(open, (name, value))));
    }

    [Fact]
    public void AValueThatCannotBeIsAnErrorThatNamesTheAnnotation()
    {
        ConfigException error = Assert.Throws<ConfigException>(() => Apply(new KatanetOptions(), ("hypervisor.default_memory", "lots"), ("hypervisor.default_vcpus", "0")));
        var small = new KatanetOptions { Hypervisor = new HypervisorOptions { MaxMemoryMib = 4096 } };
        Assert.Equal(
            "annotation io.katacontainers.config.hypervisor.default_memory: hypervisor.memory_mib: 5000 is more than hypervisor.max_memory_mib; write at most 4096",
            Assert.Throws<ConfigException>(() => Apply(small, ("hypervisor.default_memory", "5000"))).Message);
        Assert.Equal(
            ["annotation io.katacontainers.config.hypervisor.default_memory: hypervisor.memory_mib: a whole number was expected, not lots; write a number without quotes, 128 or more",
             "annotation io.katacontainers.config.hypervisor.default_vcpus: 0 has no equal; fractions are rounded up; 1 to 240, so \"all processors\" (-1) must be written out"],
            error.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void OtherAnnotationsAreNotLookedAt()
    {
        KataAnnotations.Apply(new KatanetOptions(), new Dictionary<string, string> { ["io.kubernetes.cri.sandbox-id"] = "x" }, (name, _) => _ignored.Add(name));
        Assert.Empty(_ignored);
    }

    [Theory]
    [InlineData("default_vcpus", "default_vcpus", true)]
    [InlineData("default_vcpu", "default_vcpus", false)]
    [InlineData("*", "anything", true)]
    [InlineData(".*", "anything", true)]
    [InlineData("default_*", "default_memory", true)]
    [InlineData("*_size", "virtio_fs_queue_size", true)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*b*c", "axxbyyc", true)]
    [InlineData("a*b*c", "axxc", false)]
    public void PatternsMatchTheWholeName(string pattern, string name, bool matches) => Assert.Equal(matches, NamePattern.Matches(pattern, name));

    [Fact]
    public void EveryKnownAnnotationStandsForAKeyOfTheTable() => Assert.All(KataAnnotations.Known, pair =>
    {
        int dot = pair.Value.LastIndexOf('.');
        Assert.NotNull(KataTable.Find(pair.Value[..dot], pair.Value[(dot + 1)..]));
    });

    private KatanetOptions Apply(KatanetOptions options, params (string Name, string Value)[] annotations) => KataAnnotations.Apply(
        options, annotations.ToDictionary(pair => KataAnnotations.Prefix + pair.Name, pair => pair.Value), (name, reason) => _ignored.Add($"{name}: {reason}"));
}
