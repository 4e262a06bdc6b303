using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>Memory of the guest as a file system: /dev/shm, emptyDirs with medium Memory. It stays when a container that used it goes, for the next one.</summary>
internal sealed class EphemeralDriver : IStorageDriver
{
    private const string Tmpfs = "tmpfs";

    /// <inheritdoc/>
    public string Name => "ephemeral";

    /// <inheritdoc/>
    public bool Stays => true;

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        var options = MountOptions.Parse(storage.Options).Take("fsgid", out var group);
        if (storage.Fstype == "hugetlbfs")
            Reserve(options);
        var type = storage.Fstype.Length == 0 ? Tmpfs : storage.Fstype;
        Mounts.Mount(storage.Source.Length == 0 ? type : storage.Source, point, type, options.Flags, options.Data);
        FolderOwner.SetGroup(point, group ?? storage.FsGroup?.GroupId.ToString(CultureInfo.InvariantCulture));
        return Task.CompletedTask;
    }

    private static void Reserve(MountOptions options)
    {
        options.Take("pagesize", out var page).Take("size", out var size);
        if (!long.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var pageSize) || pageSize < 1
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
        {
            throw new TtrpcException(StatusCode.InvalidArgument, "a storage of huge pages needs pagesize=BYTES and size=BYTES");
        }

        HugePageReserve.Grow(pageSize, bytes);
    }
}
