using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace KataShimNet.Agent.Modules;

/// <summary>Loads the drivers of the virtio devices that this machine has, and no others: every module costs boot time and memory.</summary>
internal static class Coldplug
{
    // Device ids of the virtio specification, section 5; those whose driver may be a module.
    private static readonly Dictionary<int, string> s_drivers = new()
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

    /// <summary>Looks at /sys/bus/virtio and loads what is needed.</summary>
    /// <param name="modules">The loader.</param>
    public static void Run(ModuleLoader modules)
    {
        const string devices = "/sys/bus/virtio/devices";
        if (!Directory.Exists(devices))
            return;
        foreach (var device in Directory.EnumerateFileSystemEntries(devices))
        {
            var text = File.ReadAllText(Path.Combine(device, "device")).Trim().Replace("0x", "", System.StringComparison.Ordinal);
            if (int.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id) && s_drivers.TryGetValue(id, out var driver))
                modules.Load(driver);
        }
    }
}
