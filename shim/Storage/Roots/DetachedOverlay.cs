using System.Linq;
using KataShimNet.Linux;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>Mounts an overlay, detached, of any number of layers with paths of any length.</summary>
/// <remarks>
/// fsconfig(2) takes strings of 255 bytes at most, and a snapshot's path can be longer. So every folder is opened and named by its
/// descriptor; <c>lowerdir+</c> (Linux 6.7) takes one layer at a time.
/// </remarks>
internal static class DetachedOverlay
{
    /// <summary>The option that adds one lower layer.</summary>
    private const string LowerDir = "lowerdir+";

    /// <summary>Mounts it.</summary>
    /// <param name="options">What the list of options held.</param>
    /// <param name="oneByOne">Whether the kernel is asked to take layers one by one; if it does not know how, it gets them by mount(2).</param>
    /// <returns>Descriptor of its root.</returns>
    /// <exception cref="StorageException">The overlay has no lower layer, or too many for an old kernel.</exception>
    /// <exception cref="LinuxException">A layer is missing, or the kernel refuses.</exception>
    public static OwnedFd Mount(MountOptions options, bool oneByOne = true)
    {
        var layers = OverlayLayers.Parse(options.FileSystem, out var rest);
        using var folders = new FolderNames();
        using var context = DetachedMount.OpenFileSystem("overlay");
        if (!oneByOne || !TryAddFirst(context, folders.Name(layers.Lower[0])))
            return OverlayByMountCall.Mount(layers, rest, options.Attributes);
        DetachedMount.SetString(context, "source", "overlay");
        foreach (var lower in layers.Lower.Skip(1))
            DetachedMount.SetString(context, LowerDir, folders.Name(lower));
        foreach (var data in layers.Data)
            DetachedMount.SetString(context, "datadir+", folders.Name(data));
        if (layers.Upper is { } upper)
            DetachedMount.SetString(context, "upperdir", folders.Name(upper));
        if (layers.Work is { } work)
            DetachedMount.SetString(context, "workdir", folders.Name(work));
        foreach (var (key, value) in rest)
        {
            if (value is null)
                DetachedMount.SetFlag(context, key);
            else
                DetachedMount.SetString(context, key, value);
        }

        return DetachedMount.Mount(context, options.Attributes);
    }

    private static bool TryAddFirst(OwnedFd context, string layer)
    {
        try
        {
            DetachedMount.SetString(context, LowerDir, layer);
            return true;
        }
        catch (LinuxException e) when (e.Errno == Errno.EINVAL)
        {
            return false;
        }
    }
}
