using System;
using System.Collections.Generic;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Storage;

/// <summary>A folder or file of the host that a container is to see.</summary>
/// <param name="Export">Name of its export.</param>
/// <param name="Source">The host's path.</param>
/// <param name="Destination">The container's path.</param>
/// <param name="Recursive">With what is mounted below.</param>
/// <param name="ReadOnly">Whether the container may change it.</param>
internal sealed record Volume(string Export, string Source, string Destination, bool Recursive, bool ReadOnly);

/// <summary>Which of a specification's mounts come from the host, and what becomes of their source.</summary>
internal static class VolumePlan
{
    // Kernel interfaces: a path below these means the guest's own, as with Kata.
    private static readonly string[] s_guestTrees = ["/dev", "/proc", "/sys"];

    /// <summary>Rewrites the sources of bind mounts to where the guest finds them.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="mounts">The specification's mounts; their sources and types are changed.</param>
    /// <returns>What has to be exported for that.</returns>
    public static List<Volume> Apply(string containerId, IReadOnlyList<Mount> mounts)
    {
        var volumes = new List<Volume>();
        for (var i = 0; i < mounts.Count; i++)
        {
            var mount = mounts[i];
            var options = MountOptions.Parse(mount.Options);
            if (mount.Type != "bind" && !options.Bind)
                continue;
            // A type is not needed with the option bind, and some writers put other words there.
            mount.Type = "bind";
            if (!options.Bind)
                mount.Options.Add("bind");
            if (mount.Destination.TrimEnd('/') == "/dev/shm")
            {
                mount.Source = GuestAgent.SharedMemoryPath;
                continue;
            }

            if (IsGuestTree(mount.Source))
                continue;
            var volume = new Volume(
                GuestPaths.VolumeExport(containerId, i, mount.Source), mount.Source, mount.Destination, options.Recursive, options.ReadOnly);
            volumes.Add(volume);
            mount.Source = GuestPaths.InGuest(volume.Export);
        }

        return volumes;
    }

    private static bool IsGuestTree(string source) =>
        Array.Exists(s_guestTrees, tree => source == tree || source.StartsWith(tree + "/", StringComparison.Ordinal));
}
