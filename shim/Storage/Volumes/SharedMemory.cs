using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>/dev/shm: the guest's own, one for all containers of the pod.</summary>
internal sealed class SharedMemory : IVolume
{
    /// <inheritdoc/>
    public Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        ContainerStorage.Bind(request.Mount, GuestAgent.SharedMemoryPath);
        return Task.CompletedTask;
    }
}
