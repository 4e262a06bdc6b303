using System.Collections.Generic;
using System.Linq;
using System.Text;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>Mounts an overlay by mount(2), for kernels whose overlay does not take layers one by one (before Linux 6.7).</summary>
/// <remarks>
/// mount(2) takes a page of options where fsconfig(2) takes 255 bytes. It attaches the mount, though: so it is called in a mount
/// namespace of its own, and what remains is a detached clone.
/// </remarks>
internal static class OverlayByMountCall
{
    /// <summary>Most bytes of options: a page, less the NUL.</summary>
    private const int MaxOptions = 4095;

    /// <summary>A folder that is on every machine; the mount covers it in the private namespace only.</summary>
    private const string Place = "/run";

    /// <summary>Mounts it.</summary>
    /// <param name="layers">Its folders.</param>
    /// <param name="options">The other options: key, and value or null.</param>
    /// <param name="attributes">MOUNT_ATTR_ bits.</param>
    /// <returns>Descriptor of its root.</returns>
    /// <exception cref="StorageException">The layers do not fit into a page.</exception>
    /// <exception cref="LinuxException">A layer is missing, or the kernel refuses.</exception>
    public static OwnedFd Mount(OverlayLayers layers, IReadOnlyList<(string Key, string? Value)> options, ulong attributes) =>
        PrivateMountNamespace.Run(SysMount.MS_PRIVATE, () => MountHere(layers, options, attributes));

    private static OwnedFd MountHere(OverlayLayers layers, IReadOnlyList<(string Key, string? Value)> options, ulong attributes)
    {
        // Opened in here: the kernel takes no layer from another mount namespace.
        using var folders = new FolderNames();
        var lower = string.Join(':', layers.Lower.Select(folders.Name).Concat(layers.Data.Select(path => $":{folders.Name(path)}")));
        var text = new StringBuilder("lowerdir=").Append(lower);
        if (layers.Upper is { } upper)
            text.Append(",upperdir=").Append(folders.Name(upper));
        if (layers.Work is { } work)
            text.Append(",workdir=").Append(folders.Name(work));
        foreach (var (key, value) in options)
            text.Append(',').Append(key).Append(value is null ? "" : $"={value}");
        if (text.Length > MaxOptions)
            throw new StorageException($"the overlay of the container's root has {layers.Lower.Count} layers: so many need Linux 6.7 or newer on the host");
        LinuxException.Check(SysMount.mount("overlay", Place, "overlay", 0, text.ToString()), "mount", "overlay");
        var clone = DetachedMount.Clone(Place, recursive: false);
        if (attributes != 0)
            DetachedMount.SetAttributes(clone, attributes, recursive: false);
        return clone;
    }
}
