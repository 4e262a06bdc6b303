using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Boot;
using KataShimNet.Agent.Storages.Watched;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Storages.Drivers;

/// <summary>configMaps and the like: a copy in the guest's memory, so that changes raise events. The host tells when to look again.</summary>
internal sealed class WatchedDriver : IStorageDriver
{
    // By mount point; each is the lock of its own refreshing.
    private readonly ConcurrentDictionary<string, AtomicFolder> _folders = new();

    /// <inheritdoc/>
    public string Name => "watchable-bind";

    /// <inheritdoc/>
    public Task MountAsync(Storage storage, string point, CancellationToken cancel)
    {
        var source = PathRules.Absolute(storage.Source, "storage source");
        var options = MountOptions.Parse(storage.Options);
        Mounts.Mount("watched", point, "tmpfs", SysMount.MS_NOSUID | SysMount.MS_NODEV, options.Data);
        var folder = _folders[point] = new AtomicFolder(source, point);
        try
        {
            Refresh(folder);
            return Task.CompletedTask;
        }
        catch
        {
            Unmount(point);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Unmount(string point)
    {
        _folders.TryRemove(point, out _);
        Mounts.Detach(point);
    }

    /// <summary>Brings a copy up to date.</summary>
    /// <param name="point">Where it is.</param>
    /// <exception cref="TtrpcException">NotFound: there is none.</exception>
    /// <exception cref="System.IO.IOException">There is no room, or the host's folder cannot be read.</exception>
    public void Refresh(string point) =>
        Refresh(_folders.TryGetValue(point, out var folder) ? folder : throw new TtrpcException(StatusCode.NotFound, $"there is no volume at {point}"));

    private static void Refresh(AtomicFolder folder)
    {
        lock (folder)
            folder.Refresh();
    }
}
