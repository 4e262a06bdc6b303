using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Modules;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>The share of the host's files.</summary>
/// <param name="modules">Loads its file system.</param>
internal sealed class ShareDriver(ModuleLoader modules) : IStorageDriver
{
    /// <inheritdoc/>
    public string Name => "virtio-fs";

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        // After the change of roots the share is there already: the kernel mounted it.
        if (MountInfo.Find(point) is { Type: "virtiofs" })
            return Task.CompletedTask;
        modules.Load("virtiofs");
        var options = MountOptions.Parse(storage.Options);
        Mounts.Mount(storage.Source, point, "virtiofs", options.Flags, options.Data);
        return Task.CompletedTask;
    }
}
