using System.Linq;
using KataShimNet.AgentProto.Kata.Oci;

namespace KataShimNet.Shim.Storage;

/// <summary>Turns a specification for this host into one for the guest.</summary>
internal static class SpecRewriter
{
    /// <summary>Rewrites it in place, but for its mounts and devices.</summary>
    /// <param name="spec">The bundle's specification.</param>
    /// <param name="containerId">The container.</param>
    /// <param name="seccomp">Whether its seccomp profile is applied in the guest.</param>
    public static void Apply(Spec spec, string containerId, bool seccomp)
    {
        spec.Root ??= new Root();
        spec.Root.Path = GuestPaths.InGuest(GuestPaths.RootExport(containerId), mapped: false);
        // The others name programs of the host, to be run by the host's runtime.
        spec.Hooks = spec.Hooks is { StartContainer.Count: > 0 } hooks ? new AgentProto.Kata.Oci.Hooks { StartContainer = { hooks.StartContainer } } : null;
        if (spec.Process is { } process)
            process.ApparmorProfile = process.SelinuxLabel = "";
        if (spec.Linux is { } linux)
            RewriteLinux(linux, containerId, seccomp);
    }

    private static void RewriteLinux(AgentProto.Kata.Oci.Linux linux, string containerId, bool seccomp)
    {
        // The guest has a kernel, and so a network, to itself; its clock is nobody else's either.
        var kept = linux.Namespaces.Where(n => n.Type is not ("network" or "time")).ToArray();
        linux.Namespaces.Clear();
        foreach (var kind in kept)
        {
            // A path is one of the host's. Containers of a pod share the guest's where the host's was shared; whether that is so with
            // processes is told by the path alone, and the agent is asked for it in another way.
            if (kind.Type != "pid")
                kind.Path = "";
            linux.Namespaces.Add(kind);
        }

        linux.CgroupsPath = $"/{containerId}";
        linux.MountLabel = "";
        linux.IntelRdt = null;
        if (!seccomp)
            linux.Seccomp = null;
        if (linux.Resources is { } resources)
        {
            resources.BlockIO = null;
            resources.Network = null;
            // The guest's processors and memory nodes have numbers of their own.
            if (resources.CPU is { } cpu)
                cpu.Cpus = cpu.Mems = "";
        }
    }
}
