using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Shim.Storage.Exports;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>A folder or file of the host, exported: hostPath, emptyDir on disk, sub-paths, /etc/hosts and the like.</summary>
/// <remarks>
/// Read-only holds on the host, by fsd or the kernel: a guest that ignores the flag of its mount gains nothing. As with runc, <c>ro</c> says
/// nothing of what is mounted below the source, and <c>rro</c> does.
/// </remarks>
internal sealed class HostFolder : IVolume
{
    /// <inheritdoc/>
    public async Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        var (mount, options) = (request.Mount, request.Options);
        if (options.PropagatesBack)
            container.SayOneWay(mount);
        var access = AccessOf(request);
        ContainerStorage.Bind(
            mount,
            await container.ExportAsync(request.Source!, mount.Source, options.Recursive, options.Propagates, access, VolumeMaps.AreShared(request.Source!), cancel).ConfigureAwait(false));
        // A mount of the guest that comes by itself, when its path is walked, inherits the flags of the one above it.
        while (access == ExportAccess.ReadAtTop && mount.Options.Remove("ro"))
        {
        }
    }

    private static ExportAccess AccessOf(VolumeRequest request)
    {
        var options = request.Options;
        if (!options.ReadOnly)
            return ExportAccess.Write;
        var more = options.Recursive && (options.Propagates || ExportKey.HasMountsBelow(request.Source!));
        return more && !options.RecursiveReadOnly ? ExportAccess.ReadAtTop : ExportAccess.Read;
    }
}
