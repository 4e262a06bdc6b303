using System;
using KataShimNet.AgentProto.Containerd.Types;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>Mounts a file system of a disk or of an image file, detached: what the snapshotters devmapper, blockfile and erofs ask for.</summary>
internal static class DetachedFileSystem
{
    /// <summary>Mounts it.</summary>
    /// <param name="mount">Type and source.</param>
    /// <param name="options">Its options. <c>loop</c> makes the source, a file, a device first; <c>direct-io</c> is one for that device.</param>
    /// <returns>Descriptor of its root.</returns>
    /// <exception cref="StorageException">An option is for mount(8) alone.</exception>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static OwnedFd Mount(Mount mount, MountOptions options)
    {
        bool loop = false, direct = false;
        using var context = DetachedMount.OpenFileSystem(mount.Type);
        if (options.ReadOnly)
            DetachedMount.SetFlag(context, "ro");
        foreach (var (key, value) in options.FileSystem)
        {
            if (key.StartsWith("X-", StringComparison.Ordinal))
                throw new StorageException($"mount option {key} of the container's root ({mount.Type} {mount.Source}) is not supported");
            if (key == "loop")
                loop = true;
            else if (key == "direct-io")
                direct = true;
            else if (value is null)
                DetachedMount.SetFlag(context, key);
            else
                DetachedMount.SetString(context, key, value);
        }

        // Kept open until the mount keeps it.
        using var device = loop ? LoopDevice.Attach(mount.Source, options.ReadOnly, direct) : null;
        DetachedMount.SetString(context, "source", device?.Path ?? mount.Source);
        return DetachedMount.Mount(context, options.Attributes);
    }
}
