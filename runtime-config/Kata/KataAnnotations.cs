using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.RuntimeConfig.Reading;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>
/// Annotations <c>io.katacontainers.config.*</c> by which a pod changes settings for itself. One counts when
/// <c>hypervisor.enable_annotations</c> names it and it is known here; none names a program of the host.
/// </summary>
public static class KataAnnotations
{
    /// <summary>What their names begin with.</summary>
    public const string Prefix = "io.katacontainers.config.";

    // Several have other names than in the file.
    private static readonly string[] s_hypervisor =
    [
        "default_vcpus", "default_memory", "kernel_params", "kernel", "initrd", "cpu_features", "enable_hugepages", "enable_mem_prealloc",
        "reclaim_guest_freed_memory", "virtio_fs_cache_size", "virtio_fs_queue_size", "block_device_driver", "block_device_aio",
        "block_device_cache_direct", "block_device_cache_noflush", "block_device_cache_set", "disable_vhost_net", "network_queues",
        "machine_type", "shared_fs", "disable_block_device_use", "entropy_source", "enable_iothreads",
    ];

    private static readonly string[] s_runtime =
    [
        "disable_guest_seccomp", "internetworking_model", "create_container_timeout", "sandbox_cgroup_only", "hypervisor_name", "agent_name", "name",
        "disable_new_netns", "vfio_mode",
    ];

    /// <summary>Those that are known, without what all begin with, and the keys of Kata's file that they stand for.</summary>
    internal static IReadOnlyDictionary<string, string> Known { get; } = s_hypervisor
        .Select(static name => KeyValuePair.Create($"hypervisor.{name}", $"hypervisor.qemu.{name}"))
        .Append(KeyValuePair.Create("hypervisor.default_max_vcpus", "hypervisor.qemu.default_maxvcpus"))
        .Append(KeyValuePair.Create("hypervisor.block_device_queue_size", "hypervisor.qemu.queue_size"))
        .Append(KeyValuePair.Create("hypervisor.block_device_num_queues", "hypervisor.qemu.num_queues"))
        .Append(KeyValuePair.Create("hypervisor.blk_logical_sector_size", "hypervisor.qemu.block_device_logical_sector_size"))
        .Append(KeyValuePair.Create("hypervisor.blk_physical_sector_size", "hypervisor.qemu.block_device_physical_sector_size"))
        .Append(KeyValuePair.Create("agent.kernel_modules", "agent.kata.kernel_modules"))
        .Concat(s_runtime.Select(static name => KeyValuePair.Create($"runtime.{name}", $"runtime.{name}")))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>Applies a pod's annotations to the settings.</summary>
    /// <param name="options">The settings of the node.</param>
    /// <param name="annotations">All annotations of the pod.</param>
    /// <param name="onIgnored">Called with name and reason of each that does not count.</param>
    /// <exception cref="ConfigException">One that counts has a value that cannot be.</exception>
    public static KatanetOptions Apply(
        KatanetOptions options, IReadOnlyDictionary<string, string> annotations, Action<string, string> onIgnored)
    {
        var problems = new List<ConfigProblem>();
        KatanetOptions before = options;
        string[] enabled = options.Hypervisor.EnableAnnotations;
        foreach ((string name, string text) in annotations.Where(static pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            string last = name[(name.LastIndexOf('.') + 1)..];
            if (!Known.TryGetValue(name[Prefix.Length..], out string? key))
                onIgnored(name, "it has no equal here");
            else if (!Array.Exists(enabled, pattern => NamePattern.Matches(pattern, last)))
                onIgnored(name, "hypervisor.enable_annotations does not name it");
            else
                options = ApplyOne(options, name, key, text, problems, onIgnored);
        }
        CheckMemory(before.Hypervisor, options.Hypervisor, problems);
        return problems.Count == 0 ? options : throw new ConfigException(problems);
    }

    // The node's own file may say so; a pod may not take more than the node gives.
    private static void CheckMemory(HypervisorOptions before, HypervisorOptions after, List<ConfigProblem> problems)
    {
        if (after.MemoryMib != before.MemoryMib && after.MaxMemoryMib > 0 && after.MemoryMib > after.MaxMemoryMib)
        {
            problems.Add(new ConfigProblem($"annotation {Prefix}hypervisor.default_memory", 0, 0, "hypervisor.memory_mib",
                $"{after.MemoryMib} is more than hypervisor.max_memory_mib", $"write at most {after.MaxMemoryMib}"));
        }
    }

    private static KatanetOptions ApplyOne(
        KatanetOptions options, string name, string key, string text, List<ConfigProblem> problems, Action<string, string> onIgnored)
    {
        // Any other would be a path of the host, which a pod does not choose.
        if (key == "hypervisor.qemu.entropy_source" && text is not ("/dev/urandom" or "/dev/random" or ""))
        {
            problems.Add(new ConfigProblem($"annotation {name}", 0, 0, "", $"{text} is not for a pod to choose", "write /dev/urandom or /dev/random"));
            return options;
        }
        int dot = key.LastIndexOf('.');
        KataKey known = KataTable.Find(key[..dot], key[(dot + 1)..])!;
        if (known.Take(KataValue.Of(text)) is not { } settings)
        {
            if (known.Ours.Length == 0)
                onIgnored(name, known.Note);
            else
                problems.Add(new ConfigProblem($"annotation {name}", 0, 0, "", $"{text} has no equal", known.Note.Length == 0 ? "give another value" : known.Note));
            return options;
        }
        var wrong = new ProblemList($"annotation {name}");
        foreach (OurSetting setting in settings)
        {
            // A pod adds to the kernel's command line; what the node says there stays.
            OurSetting put = setting.Key == "guest.kernel_params" && options.Guest.KernelParams.Length > 0
                ? setting with { Value = KataValue.Of($"{options.Guest.KernelParams} {text}") }
                : setting;
            options = KataApply.To(options, put, 0, wrong) ?? options;
        }
        problems.AddRange(wrong.Problems);
        return options;
    }
}
