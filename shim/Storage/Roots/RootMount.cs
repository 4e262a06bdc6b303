using System;
using System.Collections.Generic;
using System.Linq;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>A container's root as a detached mount: on the host it is in nobody's mount table.</summary>
/// <param name="Fd">Descriptor of its root.</param>
/// <param name="ReadOnly">Whether nothing can be changed in it.</param>
internal sealed record RootMount(OwnedFd Fd, bool ReadOnly) : IDisposable
{
    /// <summary>Builds it from what the snapshotter asks for, or from a folder that is mounted already.</summary>
    /// <param name="mounts">Mounts of the task request.</param>
    /// <param name="readyPath">The specification's root path, absolute; used when there are no mounts (Docker).</param>
    /// <exception cref="StorageException">It cannot be made; the text names the mount and the reason.</exception>
    public static RootMount Build(IReadOnlyList<Mount> mounts, string readyPath)
    {
        try
        {
            return mounts switch
            {
                [] => new RootMount(DetachedMount.Clone(readyPath, recursive: true), ReadOnly: false),
                [{ Target: "" } only] => One(only),
                _ => MountStack.Build(mounts),
            };
        }
        catch (LinuxException e)
        {
            throw new StorageException($"root file system{Describe(mounts, readyPath)}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();

    private static string Describe(IReadOnlyList<Mount> mounts, string readyPath) =>
        mounts.Count == 0 ? $" {readyPath}" : $" ({string.Join(", ", mounts.Select(mount => $"{mount.Type} {mount.Source}"))})";

    /// <summary>Makes one of its mounts, wherever that belongs.</summary>
    /// <param name="mount">The mount.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    /// <exception cref="StorageException">It is asked for in a way that is not known.</exception>
    public static RootMount One(Mount mount)
    {
        var options = MountOptions.Parse(mount.Options);
        if (mount.Type == "overlay")
        {
            var fd = DetachedOverlay.Mount(options);
            return new RootMount(fd, options.ReadOnly || !HasUpper(options));
        }

        return options.Bind || mount.Type is "bind" or "rbind"
            ? new RootMount(CloneTree(mount.Source, options), options.ReadOnly)
            : new RootMount(DetachedFileSystem.Mount(mount, options), options.ReadOnly);
    }

    private static bool HasUpper(MountOptions options)
    {
        foreach (var (key, _) in options.FileSystem)
        {
            if (key == "upperdir")
                return true;
        }

        return false;
    }

    private static OwnedFd CloneTree(string source, MountOptions options)
    {
        var fd = DetachedMount.Clone(source, options.Recursive);
        try
        {
            if (options.Attributes != 0)
                DetachedMount.SetAttributes(fd, options.Attributes, options.Recursive);
            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }
}
