using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>A path of /dev, /proc or /sys: the guest's own one is meant.</summary>
internal sealed class GuestFolder : IVolume
{
    /// <inheritdoc/>
    public Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        ContainerStorage.Bind(request.Mount, request.Mount.Source);
        return Task.CompletedTask;
    }
}
