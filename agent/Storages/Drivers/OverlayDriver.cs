using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>Folders of the guest in layers.</summary>
/// <param name="modules">Loads the file system.</param>
internal sealed class OverlayDriver(ModuleLoader modules) : IStorageDriver
{
    /// <inheritdoc/>
    public string Name => "overlayfs";

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        modules.Load("overlay");
        var options = MountOptions.Parse(storage.Options);
        Mounts.Mount(storage.Source, point, "overlay", options.Flags, options.Data);
        return Task.CompletedTask;
    }
}
