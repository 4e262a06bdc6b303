using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Devices;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>A disk: the file system on it, or with type <c>bind</c> its node.</summary>
/// <param name="disks">Finds it.</param>
/// <param name="modules">Loads file systems.</param>
internal sealed class BlockDriver(BlockDevices disks, ModuleLoader modules) : IStorageDriver
{
    /// <inheritdoc/>
    public string Name => "blk";

    /// <inheritdoc/>
    public async Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        var disk = await disks.WaitAsync(storage.Source, cancel).ConfigureAwait(false);
        if (storage.Fstype is "bind")
        {
            PathRules.MakeTarget(disk.Path, point);
            Mounts.Bind(disk.Path, point, recursive: false);
            return;
        }

        modules.Load(storage.Fstype);
        var options = MountOptions.Parse(storage.Options);
        Mounts.Mount(disk.Path, point, storage.Fstype, options.Flags, options.Data);
    }
}
