using System;
using System.Collections.Generic;
using System.Globalization;

namespace KataShimNet.Agent.Modules;

/// <summary>The drivers of virtio devices that may be modules, by device id (virtio specification, section 5).</summary>
internal static class VirtioDrivers
{
    private static readonly Dictionary<int, string> s_modules = new()
    {
        [1] = "virtio_net",
        [2] = "virtio_blk",
        [4] = "virtio_rng",
        [5] = "virtio_balloon",
        [8] = "virtio_scsi",
        [19] = "vmw_vsock_virtio_transport",
        [24] = "virtio_mem",
        [26] = "virtiofs",
    };

    /// <summary>The module for a device.</summary>
    /// <param name="id">Its id in hexadecimal, as sysfs and aliases have it: <c>0x0002</c>, <c>00000002</c>.</param>
    /// <returns>Null when there is nothing to load.</returns>
    public static string? ModuleFor(ReadOnlySpan<char> id)
    {
        id = id.Trim();
        if (id.StartsWith("0x", StringComparison.Ordinal))
            id = id[2..];
        return int.TryParse(id, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number) ? s_modules.GetValueOrDefault(number) : null;
    }

    /// <summary>The module for an alias such as <c>virtio:d00000002v00001AF4</c>.</summary>
    /// <param name="alias">The alias; of any bus.</param>
    /// <returns>Null when it is not of virtio, or there is nothing to load.</returns>
    public static string? ModuleForAlias(string alias)
    {
        const string start = "virtio:d";
        const int digits = 8;
        return alias.StartsWith(start, StringComparison.Ordinal) && alias.Length >= start.Length + digits
            ? ModuleFor(alias.AsSpan(start.Length, digits))
            : null;
    }
}
