using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Hotplug;

namespace KataShimNet.Shim.Storage.Disks;

/// <summary>A disk in the machine: descriptor, back end, device.</summary>
/// <param name="monitor">QEMU's monitor.</param>
/// <param name="files">The descriptor in QEMU.</param>
/// <param name="node">Name of the back end.</param>
/// <param name="device">The device.</param>
internal sealed class PluggedDisk(QmpClient monitor, FdSet files, string node, HotplugDevice device)
{
    /// <summary>The device.</summary>
    public HotplugDevice Device => device;

    /// <summary>Containers that use it; guarded by the pool's turn.</summary>
    public int Users { get; set; }

    /// <summary>Removes a back end that no device uses (blockdev-del).</summary>
    /// <param name="monitor">QEMU's monitor.</param>
    /// <param name="node">Its name.</param>
    public static Task RemoveNodeAsync(QmpClient monitor, string node) =>
        monitor.ExecuteAsync("blockdev-del", json => json.WriteString("node-name"u8, node), null, CancellationToken.None);

    /// <summary>Takes the disk out; the host's device is free afterwards.</summary>
    /// <exception cref="QmpException">The guest does not let go of it.</exception>
    public async Task RemoveAsync()
    {
        await device.RemoveAsync(CancellationToken.None).ConfigureAwait(false);
        await RemoveNodeAsync(monitor, node).ConfigureAwait(false);
        await monitor.RemoveFdAsync(files, CancellationToken.None).ConfigureAwait(false);
    }
}
