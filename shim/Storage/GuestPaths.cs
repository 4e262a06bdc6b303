using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Shim.Storage;

/// <summary>Names of exports, and where the guest has them.</summary>
internal static class GuestPaths
{
    private const int MaxNameBytes = 255;

    /// <summary>Name of the export of a container's root.</summary>
    public static string RootExport(string containerId) => $"{containerId}-rootfs";

    /// <summary>Name of the export of a volume: it tells people what it was; the number makes it unique.</summary>
    /// <param name="number">Number within the sandbox.</param>
    /// <param name="source">The host's path.</param>
    public static string VolumeExport(int number, string source)
    {
        var start = System.FormattableString.Invariant($"volume-{number}-");
        var name = source.TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        // Cut by characters, measured in bytes: half a character would not be UTF-8.
        while (System.Text.Encoding.UTF8.GetByteCount(start) + System.Text.Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return start + name;
    }

    /// <summary>Path of an export in the guest.</summary>
    /// <param name="export">Its name.</param>
    /// <param name="mapped">Whether it is on the second device, whose files the guest maps.</param>
    public static string InGuest(string export, bool mapped) => $"{(mapped ? GuestContract.MappedSharePath : GuestContract.SharePath)}/{export}";
}
