using System;
using System.Collections.Generic;
using System.Globalization;
using static KataShimNet.RuntimeConfig.Kata.KataKey;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>Kata's section <c>[hypervisor.qemu]</c>.</summary>
internal static class KataHypervisorKeys
{
    private const string Root = "the guest's root is a folder (`guest.root`), not an image";
    private const string NoPaths = "a pod never names a program or device of the host here";
    private const string Daemon = "the daemon is katanet-fsd, with settings of its own under `sharing`";
    private const string Ports = "one root port for each device, as many as `hypervisor.hotplug_ports` says";
    private const string NoVfio = "devices of the host are not passed through by VFIO";
    private const string ByHand = "`hypervisor.extra_arguments` can say it";
    private const string NotHere = "not a feature of this runtime";

    /// <summary>The keys without the section's name before them.</summary>
    public static IReadOnlyList<KataKey> All { get; } =
    [
        Same("path", "hypervisor.path"),
        Same("kernel", "guest.kernel", "Kata's kernel needs virtio-fs built in to mount our root, or `guest.boot: initrd`"),
        None("image", Root),
        new("initrd", "`guest.initrd`, `guest.boot: initrd`", "", Initrd),
        Always("machine_type", "always q35", "q35", ""),
        None("rootfs_type", Root),
        None("vm_rootfs_driver", Root),
        None("disable_image_nvdimm", Root),
        None("kernel_verity_params", Root),
        Always("rootless", "`hypervisor.user`: QEMU is never root unless that says so", "true", "false"),
        Same("enable_annotations", "hypervisor.enable_annotations", "names with `*`; Kata's regular expressions are no patterns here, but `.*` is"),
        None("valid_hypervisor_paths", NoPaths),
        None("valid_virtio_fs_daemon_paths", NoPaths),
        None("valid_entropy_sources", NoPaths),
        None("valid_ctlpaths", NoPaths),
        Same("kernel_params", "guest.kernel_params"),
        Always("firmware", ByHand, ""),
        Always("firmware_volume", ByHand, ""),
        Always("machine_accelerators", ByHand, ""),
        Seccomp("seccompsandbox"),
        Seccomp("seccomp_sandbox"),
        new("disable_seccomp", "`hypervisor.seccomp`", "the opposite", static value => [new("hypervisor.seccomp", KataValue.Of(value.Is("true") ? "false" : "true"))]),
        Same("cpu_features", "hypervisor.cpu_features"),
        new("default_vcpus", "`hypervisor.vcpus`", "fractions are rounded up; 1 to 240, so \"all processors\" (-1) must be written out", Vcpus),
        Same("default_maxvcpus", "hypervisor.max_vcpus"),
        None("default_bridges", Ports),
        None("pcie_root_port", Ports),
        Always("pcie_switch_port", Ports, "0"),
        Same("default_memory", "hypervisor.memory_mib"),
        Same("default_maxmemory", "hypervisor.max_memory_mib"),
        None("memory_slots", "memory is added by virtio-mem, which has no slots"),
        Always("memory_offset", NotHere, "0"),
        Always("enable_virtio_mem", "always virtio-mem", "true"),
        None("overhead_memory", "another guest needs another size: `hypervisor.memory_overhead_mib` is added to the limits of the containers"),
        Same("overhead_vcpus", "hypervisor.vcpus_overhead", "ours is 0: the limits are rounded up in any case"),
        Always("disable_block_device_use", "a container's root always goes through the shared file system", "true"),
        Always("shared_fs", "always virtio-fs", "virtio-fs"),
        None("virtio_fs_daemon", Daemon),
        new("virtio_fs_extra_args", "`sharing.extra_arguments`", "katanet-fsd has virtiofsd's names; --thread-pool-size and announce_submounts are left out: a thread for each queue, and submounts, always", ExtraArguments),
        Always("virtio_fs_cache", "what a guest may keep follows from what it is: of volumes what others change is seen at once, which is no worse than these; " +
            "`sharing.lease_validity_ms` trades some of it for speed. `always`, which is blind to changes, has no equal", "never", "auto", "metadata"),
        new("virtio_fs_cache_size", "`sharing.dax`, `sharing.dax_window_mib`", "0 is `dax: never`, a size `dax: auto`; a power of two up to 512", DaxWindow),
        Same("virtio_fs_queue_size", "sharing.queue_size"),
        Words("block_device_driver", "hypervisor.block_device_driver", "virtio-blk-pci is virtio-blk",
            ("virtio-scsi", "virtio-scsi"), ("virtio-blk", "virtio-blk"), ("virtio-blk-pci", "virtio-blk")),
        Same("block_device_aio", "hypervisor.block_aio", "native needs `block_cache: none`"),
        Always("block_device_cache_set", "`hypervisor.block_cache` alone says how disks are cached", "true", "false"),
        Words("block_device_cache_direct", "hypervisor.block_cache", "true is none", ("true", "none"), ("false", null)),
        Words("block_device_cache_noflush", "hypervisor.block_cache", "true is unsafe", ("true", "unsafe"), ("false", null)),
        Same("block_device_logical_sector_size", "hypervisor.block_logical_sector"),
        Same("block_device_physical_sector_size", "hypervisor.block_physical_sector"),
        Same("queue_size", "hypervisor.block_queue_size", "a power of two, 16 to 1024"),
        Same("num_queues", "hypervisor.block_queues", "ours is 0: a queue of a disk for each vCPU"),
        Same("enable_iothreads", "hypervisor.block_iothread"),
        Always("indep_iothreads", "one thread serves all disks (`hypervisor.block_iothread`)", "0"),
        Same("enable_mem_prealloc", "hypervisor.prealloc"),
        Same("reclaim_guest_freed_memory", "hypervisor.free_page_reporting"),
        Same("enable_hugepages", "hypervisor.hugepages"),
        Always("hugepage_type", "always hugetlbfs", "hugetlbfs"),
        Always("enable_vhost_user_store", NotHere, "false"),
        None("vhost_user_store_path", NotHere),
        None("valid_vhost_user_store_paths", NotHere),
        Always("vhost_user_reconnect_timeout_sec", NotHere, "0"),
        Always("enable_iommu", NotHere, "false"),
        Always("enable_iommu_platform", NotHere, "false"),
        Always("enable_numa", NotHere, "false"),
        Always("numa_mapping", NotHere, ""),
        Always("pflashes", ByHand, ""),
        Words("enable_debug", "runtime.log_level", "true is debug", ("true", "debug"), ("false", null)),
        Words("extra_monitor_socket", "hypervisor.extra_monitor_socket", "at extra-monitor.sock in the sandbox's state folder",
            ("hmp", "hmp"), ("qmp", "qmp"), ("qmp-pretty", "qmp-pretty"), ("", null)),
        Always("disable_nesting_checks", "nothing is tuned for machines within machines, so there is nothing to check", "true", "false"),
        None("msize_9p", "always virtio-fs"),
        Always("hot_plug_vfio", NoVfio, "no-port"),
        Always("cold_plug_vfio", NoVfio, "no-port"),
        Words("disable_vhost_net", "network.vhost", "true is never", ("true", "never"), ("false", null)),
        Same("network_queues", "network.queues"),
        new("entropy_source", "`hypervisor.entropy_source`", "/dev/urandom is \"\": QEMU asks the same kernel by getrandom; of a pod's annotations /dev/urandom and /dev/random only", Entropy),
        Always("guest_hook_path", NotHere, ""),
        Always("rx_rate_limiter_max_rate", NotHere, "0"),
        Always("tx_rate_limiter_max_rate", NotHere, "0"),
        Always("guest_memory_dump_path", NotHere, ""),
        None("guest_memory_dump_paging", NotHere),
        Always("enable_guest_swap", NotHere, "false"),
        Always("use_legacy_serial", "the console is always hvc0", "false"),
        Always("disable_selinux", "QEMU gets no SELinux label", "true"),
        Always("disable_guest_selinux", "SELinux labels are taken out of what the guest gets", "true"),
        None("tdx_quote_generation_service_socket_port", NotHere),
    ];

    private static KataKey Seccomp(string name) => new(name, "`hypervisor.seccomp`", "a text is true; without one our default holds, which is true, too",
        static value => value.Text.Length == 0 ? [] : [new("hypervisor.seccomp", KataValue.Of("true"))]);

    private static IReadOnlyList<OurSetting> Initrd(KataValue value) => value.Text.Length == 0
        ? []
        : [new("guest.initrd", value), new("guest.boot", KataValue.Of("initrd"))];

    private static IReadOnlyList<OurSetting> Entropy(KataValue value) =>
        [new("hypervisor.entropy_source", value.Is("/dev/urandom") ? KataValue.Of("") : value)];

    // Options of virtiofsd, of today's form and of the older one with -o, that say what is so here anyway.
    private static IReadOnlyList<OurSetting> ExtraArguments(KataValue value)
    {
        var words = new List<string>();
        foreach (string word in value.Texts)
        {
            if (word is "--announce-submounts" || word.StartsWith("--thread-pool-size=", StringComparison.Ordinal))
                continue;
            if (word == "announce_submounts" && words is [.., "-o"])
                words.RemoveAt(words.Count - 1);
            else
                words.Add(word);
        }
        return words.Count == 0 ? [] : [new("sharing.extra_arguments", new KataValue(words, IsList: true))];
    }

    private static IReadOnlyList<OurSetting>? Vcpus(KataValue value) =>
        double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double vcpus) && vcpus is > 0 and <= 240
            ? [new("hypervisor.vcpus", KataValue.Of(Math.Ceiling(vcpus).ToString(CultureInfo.InvariantCulture)))]
            : null;

    private static IReadOnlyList<OurSetting> DaxWindow(KataValue value) => value.Is("0")
        ? [new("sharing.dax", KataValue.Of("never"))]
        : [new("sharing.dax", KataValue.Of("auto")), new("sharing.dax_window_mib", value)];
}
