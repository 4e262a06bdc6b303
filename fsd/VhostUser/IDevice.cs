using System.Collections.Generic;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.VhostUser;

/// <summary>The device behind the vhost-user connection. Called by the connection's thread alone; descriptors are owned by the device.</summary>
/// <remarks>Members throw <see cref="LinuxException"/> for what cannot be done; queue numbers are below <see cref="DeviceLimits.MaxQueues"/>.</remarks>
internal interface IDevice
{
    /// <summary>Puts virtio features in force.</summary>
    /// <param name="features">A subset of those offered.</param>
    void SetFeatures(VirtioFeatures features);

    /// <summary>Replaces guest memory.</summary>
    /// <param name="regions">Each with its file.</param>
    void SetMemory(IReadOnlyList<(MemoryRegionDescription Region, OwnedFd File)> regions);

    /// <summary>Adds a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="file">Its file.</param>
    void AddMemory(in MemoryRegionDescription region, OwnedFd file);

    /// <summary>Removes a region.</summary>
    /// <param name="region">The region.</param>
    void RemoveMemory(in MemoryRegionDescription region);

    /// <summary>Sets the memory in which requests in flight are recorded.</summary>
    /// <param name="shape">Where it is in its file.</param>
    /// <param name="file">The file.</param>
    void SetInflight(InflightShape shape, OwnedFd file);

    /// <summary>Sets the entries of a ring.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="size">Entries.</param>
    void SetVringSize(int queue, uint size);

    /// <summary>Sets the addresses of a ring.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="address">Its addresses.</param>
    void SetVringAddress(int queue, in VringAddress address);

    /// <summary>Sets the next index to take from a ring.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="index">The index.</param>
    void SetVringBase(int queue, uint index);

    /// <summary>Sets what wakes a ring, and starts it.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="kick">The eventfd.</param>
    void SetVringKick(int queue, OwnedFd kick);

    /// <summary>Sets what interrupts the guest.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="call">The eventfd, or null.</param>
    void SetVringCall(int queue, OwnedFd? call);

    /// <summary>Sets what reports a broken ring.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="error">The eventfd, or null.</param>
    void SetVringError(int queue, OwnedFd? error);

    /// <summary>Turns a ring on or off.</summary>
    /// <param name="queue">The ring.</param>
    /// <param name="enabled">On.</param>
    void EnableVring(int queue, bool enabled);

    /// <summary>Stops a ring.</summary>
    /// <param name="queue">The ring.</param>
    /// <returns>Where it goes on: an index, of a packed ring two with their wrap counters.</returns>
    uint StopVring(int queue);

    /// <summary>Stops all rings.</summary>
    void StopAll();

    /// <summary>The guest's driver begins anew: rings stop, inodes and open files are forgotten, exports stay.</summary>
    void Reset();
}
