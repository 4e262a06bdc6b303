using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Shim.Sharing;

namespace KataShimNet.Shim.Storage;

/// <summary>What one container has exported. Not for concurrent use.</summary>
/// <param name="daemon">The sandbox's fsd.</param>
internal sealed class ContainerExports(SharingDaemon daemon)
{
    private readonly Stack<string> _names = new();

    /// <summary>Number of exports.</summary>
    public int Count => _names.Count;

    /// <summary>Exports a container's root.</summary>
    /// <exception cref="StorageException">fsd refused.</exception>
    public Task AddRootAsync(string containerId, RootMount root) =>
        AddAsync(GuestPaths.RootExport(containerId), new ExportPolicy(CoherencyClass.Private, root.ReadOnly), root.Fd);

    /// <summary>Exports a volume: clones what is at its path, so that the export lives without a place in the mount table.</summary>
    /// <exception cref="StorageException">There is nothing at that path, or fsd refused.</exception>
    public async Task AddVolumeAsync(Volume volume)
    {
        try
        {
            using var tree = DetachedMount.Clone(volume.Source, volume.Recursive);
            if (volume.ReadOnly)
                DetachedMount.SetAttributes(tree, SysMount.MOUNT_ATTR_RDONLY, volume.Recursive);
            await AddAsync(volume.Export, new ExportPolicy(CoherencyClass.Shared, volume.ReadOnly), tree).ConfigureAwait(false);
        }
        catch (LinuxException e)
        {
            throw new StorageException($"mount of {volume.Source} on {volume.Destination}: {e.Message}", e);
        }
    }

    /// <summary>Removes the export that was added last.</summary>
    /// <param name="name">Its name, also when removing fails.</param>
    /// <returns>Null when there is none left.</returns>
    public Task? RemoveLast(out string name) => _names.TryPop(out name!) ? daemon.RemoveExportAsync(name) : null;

    private async Task AddAsync(string name, ExportPolicy policy, OwnedFd root)
    {
        await daemon.AddExportAsync(name, policy, root).ConfigureAwait(false);
        _names.Push(name);
    }
}
