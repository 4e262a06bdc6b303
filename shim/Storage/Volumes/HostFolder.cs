using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>A folder or file of the host, exported: hostPath, emptyDir on disk, sub-paths, /etc/hosts and the like.</summary>
/// <remarks>
/// Read-only holds for what is mounted below too, and fsd refuses every change: a guest that ignores the flag of its mount gains nothing.
/// </remarks>
internal sealed class HostFolder : IVolume
{
    /// <inheritdoc/>
    public async Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        var (mount, options) = (request.Mount, request.Options);
        if (options.PropagatesBack)
            container.SayOneWay(mount);
        ContainerStorage.Bind(
            mount,
            await container.ExportAsync(request.Source!, mount.Source, options.Recursive, options.Propagates, options.ReadOnly).ConfigureAwait(false));
    }
}
