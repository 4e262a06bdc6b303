using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>One way in which a mount of a specification becomes a mount of the guest.</summary>
internal interface IVolume
{
    /// <summary>Makes it ready on the host, and rewrites the mount. What has to be undone is pushed before it is needed.</summary>
    /// <param name="request">The mount.</param>
    /// <param name="container">The container it belongs to.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StorageException">It cannot be made.</exception>
    Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel);
}
