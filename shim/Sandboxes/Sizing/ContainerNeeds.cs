using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.RuntimeConfig.Options;

namespace KataShimNet.Shim.Sandboxes.Sizing;

/// <summary>What one container may use. Zero is no limit.</summary>
/// <param name="Processors">Processors, as a fraction.</param>
/// <param name="Memory">Bytes.</param>
internal readonly record struct ContainerNeeds(double Processors, long Memory)
{
    /// <summary>Reads a container's limits.</summary>
    public static ContainerNeeds Of(LinuxResources? resources) => new(
        resources?.CPU is { Quota: > 0, Period: > 0 } cpu ? (double)cpu.Quota / cpu.Period : 0,
        Math.Max(0, resources?.Memory?.Limit ?? 0));

    /// <summary>Takes over what an update leaves as it was.</summary>
    public ContainerNeeds Updated(LinuxResources resources)
    {
        var next = Of(resources);
        return new ContainerNeeds(resources.CPU is { Quota: not 0 } ? next.Processors : Processors, resources.Memory is { Limit: not 0 } ? next.Memory : Memory);
    }

    /// <summary>
    /// What a machine needs for all of its containers: the sum of their limits, and no less than the settings' size as soon as one of
    /// them has no limit.
    /// </summary>
    public static (int Vcpus, int MemoryMib) Together(IReadOnlyCollection<ContainerNeeds> all, HypervisorOptions options)
    {
        var vcpus = all.Any(needs => needs.Processors > 0) ? MachineSize.VcpusFor(all.Sum(needs => needs.Processors), options) : 0;
        var memory = all.Any(needs => needs.Memory > 0) ? MachineSize.MemoryFor(all.Sum(needs => needs.Memory), options) : 0;
        return (
            all.Any(needs => needs.Processors <= 0) ? Math.Max(vcpus, options.Vcpus) : vcpus,
            all.Any(needs => needs.Memory <= 0) ? Math.Max(memory, options.MemoryMib) : memory);
    }
}
