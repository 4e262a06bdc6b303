using System.Collections.Generic;
using System.Globalization;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage;

/// <summary>Mounts an overlay, detached, of any number of layers with paths of any length.</summary>
/// <remarks>
/// fsconfig(2) takes strings of 255 bytes at most, and a snapshot's path can be longer. So every folder is opened and named by its
/// descriptor; <c>lowerdir+</c> (Linux 6.7) takes one layer at a time.
/// </remarks>
internal static class DetachedOverlay
{
    /// <summary>Mounts it.</summary>
    /// <param name="options">What the list of options held.</param>
    /// <returns>Descriptor of its root.</returns>
    /// <exception cref="StorageException">The overlay has no lower layer.</exception>
    /// <exception cref="LinuxException">A layer is missing, or the kernel refuses.</exception>
    public static OwnedFd Mount(MountOptions options)
    {
        var layers = OverlayLayers.Parse(options.FileSystem, out var rest);
        var open = new List<OwnedFd>();
        try
        {
            using var context = DetachedMount.OpenFileSystem("overlay");
            DetachedMount.SetString(context, "source", "overlay");
            foreach (var lower in layers.Lower)
                DetachedMount.SetString(context, "lowerdir+", Name(lower, open));
            foreach (var data in layers.Data)
                DetachedMount.SetString(context, "datadir+", Name(data, open));
            if (layers.Upper is { } upper)
                DetachedMount.SetString(context, "upperdir", Name(upper, open));
            if (layers.Work is { } work)
                DetachedMount.SetString(context, "workdir", Name(work, open));
            foreach (var (key, value) in rest)
            {
                if (value is null)
                    DetachedMount.SetFlag(context, key);
                else
                    DetachedMount.SetString(context, key, value);
            }

            return DetachedMount.Mount(context, options.Attributes);
        }
        finally
        {
            // The overlay holds what it needs by itself.
            open.ForEach(fd => fd.Dispose());
        }
    }

    private static string Name(string path, List<OwnedFd> open)
    {
        var fd = OwnedFd.FromCall(
            Fcntl.openat(Fcntl.AT_FDCWD, path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0), "open", path);
        open.Add(fd);
        return string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd.Fd}");
    }
}
