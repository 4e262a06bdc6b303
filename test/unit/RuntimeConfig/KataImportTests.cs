using System;
using System.Collections.Generic;
using System.IO;
using KataShimNet.Cli.Commands;
using KataShimNet.Cli.Import;
using KataShimNet.RuntimeConfig;
using KataShimNet.RuntimeConfig.Kata;
using KataShimNet.RuntimeConfig.Options;
using Xunit;

namespace KataShimNet.UnitTests.RuntimeConfig;

/// <summary>Kata's settings as ours: every key of the files that Kata ships is known, and what has no equal is told.</summary>
public sealed class KataImportTests
{
    [Fact]
    public void EveryKeyThatKataShipsIsKnown()
    {
        IReadOnlyList<KataEntry> shipped = Shipped();
        Assert.True(shipped.Count > 130, $"{shipped.Count} keys were read");
        Assert.DoesNotContain(shipped, entry => (entry.Section is "hypervisor.qemu" or "agent.kata" or "runtime") && KataTable.Find(entry.Section, entry.Name) is null);
    }

    [Fact]
    public void TheShippedFileBecomesSettingsThatAreRight()
    {
        KataImport import = KataImport.From("configuration.toml", Shipped());
        KatanetOptions options = ConfigLoader.Parse(import.Yaml, "imported");
        Assert.Equal(1, options.Hypervisor.Vcpus);
        Assert.Equal(2048, options.Hypervisor.MemoryMib);
        Assert.Equal(BlockAio.IoUring, options.Hypervisor.BlockAio);
        Assert.Equal("/usr/share/kata-containers/vmlinux.container", options.Guest.Kernel);
        Assert.False(options.Guest.Seccomp);
        Assert.Equal(SharedMaps.Never, options.Sharing.Dax);
        Assert.Contains("  vcpus: 1  # hypervisor.qemu.default_vcpus\n", import.Yaml, StringComparison.Ordinal);
        Assert.Contains(import.NoEqual, line => line.Contains("hypervisor.qemu.image = ", StringComparison.Ordinal) && line.EndsWith("(`guest.root`), not an image", StringComparison.Ordinal));
        Assert.Contains(import.NoEqual, line => line.Contains("factory", StringComparison.Ordinal));
        Assert.DoesNotContain(import.NoEqual, line => line.Contains("machine_type", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[hypervisor.qemu]\ndefault_vcpus = 2.5", "hypervisor:\n  vcpus: 3")]
    [InlineData("[hypervisor.qemu]\nvirtio_fs_cache_size = 256", "sharing:\n  dax: auto  # hypervisor.qemu.virtio_fs_cache_size\n  dax_window_mib: 256")]
    [InlineData("[hypervisor.qemu]\nblock_device_cache_direct = true", "hypervisor:\n  block_cache: none")]
    [InlineData("[agent.kata]\ndebug_console_enabled = true", "agent:\n  debug_console: true")]
    [InlineData("[hypervisor.qemu]\ndisable_vhost_net = true", "network:\n  vhost: never")]
    [InlineData("[hypervisor.qemu]\nseccompsandbox = \"on,obsolete=deny\"", "hypervisor:\n  seccomp: true")]
    [InlineData("[hypervisor.qemu]\ninitrd = \"/i\"", "guest:\n  initrd: /i  # hypervisor.qemu.initrd\n  boot: initrd")]
    [InlineData("[runtime]\ndisable_guest_seccomp = true", "guest:\n  seccomp: false")]
    [InlineData("[runtime]\nenable_debug = true", "runtime:\n  log_level: debug")]
    [InlineData("[agent.kata]\nreconnect_timeout_ms = 90500", "agent:\n  start_timeout_seconds: 91")]
    [InlineData("[agent.kata]\nkernel_modules = [\"e1000e InterruptThrottleRate=3000\", \"dummy\"]", "agent:\n  kernel_modules: [\"e1000e InterruptThrottleRate=3000\",\"dummy\"]")]
    [InlineData("[runtime]\nsandbox_bind_mounts = [\"/opt/tools\", \"/srv/data:rw\"]", "sharing:\n  sandbox_bind_mounts: [\"/opt/tools\",\"/srv/data:rw\"]")]
    [InlineData("[hypervisor.qemu]\nentropy_source = \"/dev/hwrng\"", "hypervisor:\n  entropy_source: /dev/hwrng")]
    [InlineData("[hypervisor.qemu]\nentropy_source = \"/dev/urandom\"", "hypervisor:\n  entropy_source: \"\"")]
    [InlineData("[hypervisor.qemu]\nqueue_size = 128\nnum_queues = 4", "hypervisor:\n  block_queues: 4  # hypervisor.qemu.num_queues\n  block_queue_size: 128")]
    [InlineData("[hypervisor.qemu]\noverhead_vcpus = 0.2", "hypervisor:\n  vcpus_overhead: 0.2")]
    [InlineData("[hypervisor.qemu]\nenable_iothreads = true", "hypervisor:\n  block_iothread: true")]
    [InlineData("[hypervisor.qemu]\nblock_device_logical_sector_size = 4096", "hypervisor:\n  block_logical_sector: 4096")]
    [InlineData("[hypervisor.qemu]\nextra_monitor_socket = \"qmp\"", "hypervisor:\n  extra_monitor_socket: qmp")]
    [InlineData("[hypervisor.qemu]\nvirtio_fs_extra_args = [\"--thread-pool-size=1\", \"-o\", \"announce_submounts\", \"--no-readdirplus\"]", "sharing:\n  extra_arguments: [\"--no-readdirplus\"]")]
    public void ValuesAreConverted(string toml, string yaml)
    {
        KataImport import = Import(toml);
        Assert.Contains(yaml, import.Yaml, StringComparison.Ordinal);
        Assert.Empty(import.NoEqual);
        ConfigLoader.Parse(import.Yaml, "imported");
    }

    [Theory]
    [InlineData("[hypervisor.qemu]\ndefault_vcpus = -1", "k.toml:2: hypervisor.qemu.default_vcpus = -1: fractions are rounded up")]
    [InlineData("[hypervisor.qemu]\nvirtio_fs_cache_size = 1024",
        "k.toml:2: hypervisor.qemu.virtio_fs_cache_size = 1024: sharing.dax_window_mib: 1024 is out of range; write 2 to 512")]
    [InlineData("[hypervisor.qemu]\nshared_fs = \"none\"", "k.toml:2: hypervisor.qemu.shared_fs = none: always virtio-fs")]
    [InlineData("[hypervisor.qemu]\nvirtio_fs_cache = \"always\"", "k.toml:2: hypervisor.qemu.virtio_fs_cache = always: what a guest may keep follows")]
    [InlineData("[hypervisor.clh]\npath = \"/c\"", "k.toml:2: hypervisor.clh.path = /c: another hypervisor")]
    [InlineData("[runtime]\nnonsense = 1", "k.toml:2: runtime.nonsense = 1: not a key of Kata that is known here")]
    public void WhatHasNoEqualIsToldWithTheReason(string toml, string line) =>
        Assert.StartsWith(line, Assert.Single(Import(toml).NoEqual), StringComparison.Ordinal);

    [Fact]
    public void WhatIsNoTomlSaysWhere()
    {
        string file = Path.GetTempFileName();
        using StringWriter output = new(), errors = new();
        File.WriteAllText(file, "[hypervisor.qemu]\npath = \n");
        Assert.Equal(1, ImportCommand.Run(output, errors, file));
        File.Delete(file);
        Assert.StartsWith($"{file}:2:", errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void TheTableInDocsIsTheOneThatImportUses() => Assert.True(
        KataTable.ToMarkdown() == File.ReadAllText(RepositoryFile.Find("docs/kata-settings.md")),
        "docs/kata-settings.md is old: write it anew with `katanet config import --table > docs/kata-settings.md`");

    private static KataImport Import(string toml) => KataImport.From("k.toml", KataToml.Read(toml, "k.toml"));

    private static IReadOnlyList<KataEntry> Shipped() =>
        KataToml.Read(File.ReadAllText(RepositoryFile.Find("test/unit/RuntimeConfig/configuration.toml")), "configuration.toml");
}
