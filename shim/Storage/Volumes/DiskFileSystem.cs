using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Shim.Storage.Disks;
using GuestStorage = KataShimNet.AgentProto.Kata.Storage;

namespace KataShimNet.Shim.Storage.Volumes;

/// <summary>A block device of the host as a volume: the file system on it is mounted in the guest; as a bind mount it is its node.</summary>
/// <param name="disk">The device.</param>
internal sealed class DiskFileSystem(HostDisk disk) : IVolume
{
    private const string Base = GuestContract.ContainersPath + "/sandbox/storage";

    /// <summary>Whether there is a block device at a path.</summary>
    /// <param name="path">Source of a mount; may be no path at all.</param>
    public static DiskFileSystem? Find(string path)
    {
        if (!path.StartsWith('/'))
            return null;
        try
        {
            using var source = OpenedPath.Open(path);
            return source.IsBlockDevice ? new DiskFileSystem(new HostDisk(source.DeviceNumber.Major, source.DeviceNumber.Minor)) : null;
        }
        catch (LinuxException)
        {
            // Whoever needs the source finds out why.
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task AttachAsync(VolumeRequest request, ContainerStorage container, CancellationToken cancel)
    {
        var (mount, readOnly) = (request.Mount, request.Options.ReadOnly);
        var isNode = mount.Type == "bind" || request.Options.Bind;
        var path = await container.PlugAsync(disk, readOnly, cancel).ConfigureAwait(false);
        // One mount for all containers that want the same.
        var point = $"{Base}/{disk.Major}-{disk.Minor}-{(isNode ? "node" : mount.Type)}-{(readOnly ? "ro" : "rw")}";
        var storage = new GuestStorage { Driver = "blk", Source = path, Fstype = isNode ? "bind" : mount.Type, MountPoint = point };
        if (!isNode)
            storage.Options.AddRange(mount.Options);
        container.Storages.Add(storage);
        mount.Options.Clear();
        mount.Options.Add("rbind");
        if (readOnly)
            mount.Options.Add("ro");
        ContainerStorage.Bind(mount, point);
    }
}
