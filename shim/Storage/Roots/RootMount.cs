using System;
using System.Collections.Generic;
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
                [var only] when only.Target.Length == 0 => One(only),
                _ => throw new StorageException(
                    "the snapshotter gives the container's root as several mounts, which is not supported yet; use the overlayfs or native snapshotter"),
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
        mounts.Count == 0 ? $" {readyPath}" : $" ({mounts[0].Type} {mounts[0].Source})";

    private static RootMount One(Mount mount)
    {
        var options = MountOptions.Parse(mount.Options);
        if (mount.Type == "overlay")
        {
            var fd = DetachedOverlay.Mount(options);
            return new RootMount(fd, options.ReadOnly || !HasUpper(options));
        }

        return options.Bind || mount.Type is "bind" or "rbind"
            ? new RootMount(CloneTree(mount.Source, options), options.ReadOnly)
            : new RootMount(FileSystem(mount, options), options.ReadOnly);
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

    private static OwnedFd FileSystem(Mount mount, MountOptions options)
    {
        foreach (var (key, _) in options.FileSystem)
        {
            if (key is "loop" || key.StartsWith("X-", StringComparison.Ordinal))
                throw new StorageException($"mount option {key} of the container's root ({mount.Type} {mount.Source}) is not supported");
        }

        using var context = DetachedMount.OpenFileSystem(mount.Type);
        DetachedMount.SetString(context, "source", mount.Source);
        if (options.ReadOnly)
            DetachedMount.SetFlag(context, "ro");
        foreach (var (key, value) in options.FileSystem)
        {
            if (value is null)
                DetachedMount.SetFlag(context, key);
            else
                DetachedMount.SetString(context, key, value);
        }

        return DetachedMount.Mount(context, options.Attributes);
    }
}
