using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Agent.Storages.Drivers;
using KataShimNet.AgentProto.Kata;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Agent.Storages;

/// <summary>What CreateSandbox and CreateContainer want mounted. Counted by mount point: the first mounts, the last takes it off.</summary>
/// <param name="drivers">The kinds of storages.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class StorageTable(params IEnumerable<IStorageDriver> drivers)
{
    private readonly Dictionary<string, IStorageDriver> _drivers = drivers.ToDictionary(d => d.Name);
    // Mounting and taking off do not overlap: a device that is late holds up the others, who would wait for it as well.
    private readonly SemaphoreSlim _turn = new(1, 1);
    // By normalised mount point. Guarded by _turn.
    private readonly Dictionary<string, (IStorageDriver Driver, int Users)> _mounted = [];

    /// <summary>Names of the drivers that <see cref="AddAllAsync"/> knows.</summary>
    public IEnumerable<string> Drivers => _drivers.Keys;

    /// <summary>Mounts several; when one fails those before it are taken off again.</summary>
    /// <param name="storages">What to mount, in order.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The mount points, to give to <see cref="RemoveAsync"/>.</returns>
    /// <exception cref="TtrpcException">InvalidArgument for a driver that is not known; Internal when the kernel refuses.</exception>
    public async Task<IReadOnlyList<string>> AddAllAsync(IEnumerable<Storage> storages, CancellationToken cancel)
    {
        var done = new List<string>();
        try
        {
            foreach (var storage in storages)
                done.Add(await AddAsync(storage, cancel).ConfigureAwait(false));
            return done;
        }
        catch
        {
            await RemoveAsync(done).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes one use of each mount point away, the last one first.</summary>
    /// <param name="mountPoints">As <see cref="AddAllAsync"/> returned them.</param>
    public async Task RemoveAsync(IEnumerable<string> mountPoints)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var point in mountPoints.Reverse())
                Remove(point);
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Remove(string point)
    {
        if (!_mounted.TryGetValue(point, out var entry))
            return;
        if (entry.Users > 1 || entry.Driver.Stays)
        {
            _mounted[point] = entry with { Users = Math.Max(0, entry.Users - 1) };
            return;
        }

        _mounted.Remove(point);
        entry.Driver.Unmount(point);
    }

    private async Task<string> AddAsync(Storage storage, CancellationToken cancel)
    {
        var point = PathRules.Absolute(storage.MountPoint, "storage mount point");
        if (!_drivers.TryGetValue(storage.Driver, out var driver))
        {
            throw new TtrpcException(
                StatusCode.InvalidArgument, $"storage driver '{storage.Driver}' is not known; known are {string.Join(", ", Drivers)}");
        }

        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_mounted.TryGetValue(point, out var entry))
            {
                _mounted[point] = entry with { Users = entry.Users + 1 };
                return point;
            }

            await driver.MountAsync(storage, point, cancel).ConfigureAwait(false);
            _mounted[point] = (driver, 1);
            return point;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TtrpcException(StatusCode.Internal, $"storage {storage.Driver} {storage.Source}: {e.Message}", e);
        }
        finally
        {
            _turn.Release();
        }
    }
}
