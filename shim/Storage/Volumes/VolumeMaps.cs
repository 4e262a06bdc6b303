using System;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>Tells volumes that others than the pod may use from those that are its own: only the former need memory maps that are shared.</summary>
internal static class VolumeMaps
{
    // An emptyDir of Kubernetes on the node's disk: within the pod there is one kernel, and its page cache.
    private const string EmptyFolder = "/volumes/kubernetes.io~empty-dir/";

    /// <summary>Whether others may map files of a volume.</summary>
    /// <param name="source">The volume. A single file is none, for every pod has some: its host names, its name servers, its last words.</param>
    public static bool AreShared(OpenedPath source) =>
        source.IsFolder
        && DaxFileSystems.CanMap(source.FileSystemType)
        && !source.CanonicalPath.Contains(EmptyFolder, StringComparison.Ordinal);
}
