using System;
using System.Globalization;
using System.IO;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;

namespace KataShimNet.Shim.Sandboxes.Sizing;

/// <summary>How big a machine boots, and how big it may become.</summary>
/// <param name="Vcpus">vCPUs at boot.</param>
/// <param name="MaxVcpus">vCPUs at most.</param>
/// <param name="MemoryMib">MiB at boot.</param>
/// <param name="MaxMemoryMib">MiB at most.</param>
internal sealed record MachineSize(int Vcpus, int MaxVcpus, int MemoryMib, int MaxMemoryMib)
{
    // Below this the guest's kernel and agent have no room for a page cache.
    private const int LeastMemoryMib = 256;

    /// <summary>Finds the size for a sandbox's limits on this machine.</summary>
    public static MachineSize For(HypervisorOptions options, SandboxLimits limits, bool kvm) =>
        For(options, limits, kvm, Environment.ProcessorCount, HostMemoryMib(File.ReadAllText("/proc/meminfo")));

    /// <summary>Finds the size: what the limits say, with what the guest needs for itself; the settings' size where there is no limit.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="limits">Limits of the pod as a whole.</param>
    /// <param name="kvm">Whether KVM accelerates.</param>
    /// <param name="hostProcessors">Processors of the host.</param>
    /// <param name="hostMemoryMib">Its memory.</param>
    public static MachineSize For(HypervisorOptions options, SandboxLimits limits, bool kvm, int hostProcessors, int hostMemoryMib)
    {
        var least = kvm ? 1 : QemuCommandLine.MinTcgVcpus;
        var mostVcpus = Math.Max(least, options.MaxVcpus > 0 ? options.MaxVcpus : Math.Min(hostProcessors, 240));
        var mostMemory = options.MaxMemoryMib > 0 ? options.MaxMemoryMib : hostMemoryMib;
        var vcpus = Math.Clamp(VcpusFor(limits.Processors, options), least, mostVcpus);
        var memory = Math.Min(MemoryFor(limits.Memory, options), Math.Max(mostMemory, options.MemoryMib));
        // Under emulation Linux 7.2 keeps no room for processors that come later ("0 hotplug CPUs"), whatever the firmware's tables say.
        return new MachineSize(vcpus, kvm ? mostVcpus : vcpus, memory, Math.Max(mostMemory, memory));
    }

    /// <summary>vCPUs for a number of processors that containers may use; 0 stands for no limit.</summary>
    public static int VcpusFor(double processors, HypervisorOptions options) => processors > 0 ? (int)Math.Min(240, Math.Ceiling(processors + options.VcpusOverhead)) : options.Vcpus;

    /// <summary>MiB for a number of bytes that containers may use; 0 stands for no limit.</summary>
    public static int MemoryFor(long bytes, HypervisorOptions options)
    {
        if (bytes <= 0)
            return options.MemoryMib;
        // In steps of 2 MiB, the size of a large page.
        var mib = ((Math.Min(bytes, 1L << 50) + (1 << 20) - 1) >> 20) + options.MemoryOverheadMib;
        return (int)Math.Max(LeastMemoryMib, (mib + 1) & ~1L);
    }

    private static int HostMemoryMib(string meminfo)
    {
        const string key = "MemTotal:";
        var line = meminfo.AsSpan(meminfo.IndexOf(key, StringComparison.Ordinal) + key.Length).TrimStart();
        return (int)(long.Parse(line[..line.IndexOf(' ')], CultureInfo.InvariantCulture) >> 10);
    }
}
