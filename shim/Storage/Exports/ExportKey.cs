using System;
using System.Linq;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Exports;

/// <summary>What makes two sources the same to a guest: one super block serves both, so that its containers see one another's memory.</summary>
/// <param name="Device">File system.</param>
/// <param name="Inode">Inode of the source.</param>
/// <param name="MountFlags">Flags of the host's mount: one of them may be read-only.</param>
/// <param name="Tree">Id of the mount when others are mounted below the source and are part of it; otherwise 0.</param>
internal readonly record struct ExportKey((uint Major, uint Minor) Device, ulong Inode, long MountFlags, ulong Tree)
{
    /// <summary>The key of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="recursive">Whether what is mounted below is part of it.</param>
    public static ExportKey Of(OpenedPath source, bool recursive) =>
        new(source.Device, source.Inode, source.MountFlags, recursive && HasMountsBelow(source) ? source.MountId : 0);

    /// <summary>Whether something is mounted below a source.</summary>
    public static bool HasMountsBelow(OpenedPath source)
    {
        if (!source.IsFolder)
            return false;
        var below = source.CanonicalPath.TrimEnd('/') + "/";
        return MountInfo.All().Any(m => (ulong)m.Parent == source.MountId && m.Target.StartsWith(below, StringComparison.Ordinal));
    }
}
