using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.AgentProto.Ttrpc;
using LinuxResources = KataShimNet.AgentProto.Kata.Oci.LinuxResources;
using Spec = KataShimNet.AgentProto.Kata.Oci.Spec;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>What a container needs from its sandbox.</summary>
/// <param name="Id">containerd's id.</param>
/// <param name="Bundle">Bundle folder on the host, with config.json.</param>
/// <param name="Rootfs">Mounts of CreateTaskRequest; empty when the spec's root path is ready-made (Docker).</param>
/// <param name="Terminal">Whether the init process gets a terminal.</param>
public sealed record ContainerRequest(string Id, string Bundle, IReadOnlyList<Mount> Rootfs, bool Terminal);

/// <summary>Why a sandbox is no more.</summary>
/// <param name="Reason">For people: which process ended how, with the console's last lines where they help.</param>
/// <param name="Expected">Whether it was asked to stop.</param>
public sealed record SandboxEnd(string Reason, bool Expected)
{
    /// <summary>When that was found out, UTC.</summary>
    public DateTime At { get; } = DateTime.UtcNow;
}

/// <summary>A pod's virtual machine: QEMU, fsd and the agent in the guest, as the task service sees them.</summary>
public interface ISandbox
{
    /// <summary>Process on the host that stands for the sandbox's containers: QEMU's pid, or 0 before it runs.</summary>
    int HostPid { get; }

    /// <summary>
    /// Calls to the guest's agent (services of <see cref="AgentProto.Kata.GuestContract"/>). Valid once <see cref="StartAsync"/> is through.
    /// </summary>
    TtrpcClient Agent { get; }

    /// <summary>Completes when the sandbox has ended: stopped, or one of its processes died.</summary>
    Task<SandboxEnd> Ended { get; }

    /// <summary>
    /// Boots the machine and waits until the agent answers. Repeated calls join the first. On failure everything made so far
    /// is undone, and the error names the cause (a missing kernel, QEMU's own words, an agent that never answered).
    /// </summary>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="TtrpcException">Code and text for containerd.</exception>
    Task StartAsync(CancellationToken cancel);

    /// <summary>Prepares root and volumes, and creates the container in the guest (agent's CreateContainer). On failure nothing of it is left.</summary>
    /// <param name="request">What to create.</param>
    /// <param name="spec">Its specification; it is rewritten for the guest.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Code and text for containerd.</exception>
    Task CreateContainerAsync(ContainerRequest request, Spec spec, CancellationToken cancel);

    /// <summary>Makes the guest's network what that of the pod's namespace is at this moment: a client may have set it up since the machine booted.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Code and text for containerd.</exception>
    Task SyncNetworkAsync(CancellationToken cancel);

    /// <summary>Sees to it that a container reaches the name server that its resolv.conf names, where that is the pod's namespace itself.</summary>
    /// <param name="resolvConf">Path of the file on the host.</param>
    /// <param name="cancel">Gives up.</param>
    Task ServeNamesAsync(string resolvConf, CancellationToken cancel);

    /// <summary>Removes a container from the guest, and its exports. Works, as far as there is something left, after the guest's death too.</summary>
    /// <param name="id">The container.</param>
    /// <param name="cancel">Gives up.</param>
    Task RemoveContainerAsync(string id, CancellationToken cancel);

    /// <summary>
    /// A container's limits are about to change in the guest: fits the machine to them, as far as it can grow while it runs. A machine that
    /// is larger than it needs to be is no error.
    /// </summary>
    /// <param name="containerId">The container.</param>
    /// <param name="resources">What changes; a limit that is not named stays as it is.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Code and text for containerd; the limits are left as they are then.</exception>
    Task ResizeAsync(string containerId, LinuxResources resources, CancellationToken cancel);

    /// <summary>Stops the machine and undoes everything. Repeated calls join the first.</summary>
    Task StopAsync();
}
