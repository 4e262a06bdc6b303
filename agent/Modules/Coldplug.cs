using System.IO;

namespace KataShimNet.Agent.Modules;

/// <summary>Loads the drivers of the virtio devices that this machine has, and no others: every module costs boot time and memory.</summary>
internal static class Coldplug
{
    /// <summary>Looks at /sys/bus/virtio and loads what is needed.</summary>
    /// <param name="modules">The loader.</param>
    public static void Run(ModuleLoader modules)
    {
        const string devices = "/sys/bus/virtio/devices";
        if (!Directory.Exists(devices))
            return;
        foreach (var device in Directory.EnumerateFileSystemEntries(devices))
        {
            if (VirtioDrivers.ModuleFor(File.ReadAllText(Path.Combine(device, "device"))) is { } module)
                modules.Load(module);
        }
    }
}
