using System;
using System.Collections.Generic;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fuzz.Targets;

/// <summary>A device that maps memory and checks rings as the worker does, without its process and its threads.</summary>
internal sealed class MappingDevice : IDevice, IDisposable
{
    private readonly MemoryMap _memory = new();
    private readonly Ring[] _rings = new Ring[DeviceLimits.MaxQueues];
    private VirtioFeatures _features;

    /// <inheritdoc/>
    public void SetFeatures(VirtioFeatures features) => _features = features;

    /// <inheritdoc/>
    public void SetMemory(IReadOnlyList<(MemoryRegionDescription Region, OwnedFd File)> regions)
    {
        var mapped = new List<GuestRegion>();
        try
        {
            foreach (var (region, file) in regions)
                mapped.Add(GuestRegion.Map(ToRecord(region), file));
        }
        catch (LinuxException)
        {
            mapped.ForEach(m => m.Release());
            throw;
        }
        finally
        {
            foreach (var (_, file) in regions)
                file.Dispose();
        }

        _memory.Set(mapped);
    }

    /// <inheritdoc/>
    public void AddMemory(in MemoryRegionDescription region, OwnedFd file)
    {
        using (file)
            _memory.Add(ToRecord(region), file);
    }

    /// <inheritdoc/>
    public void RemoveMemory(in MemoryRegionDescription region) => _memory.Remove(ToRecord(region));

    /// <inheritdoc/>
    public void SetInflight(InflightShape shape, OwnedFd file)
    {
        using (file)
            shape.Validate(file);
    }

    /// <inheritdoc/>
    public void SetVringSize(int queue, uint size)
    {
        if (!RingSetup.IsValidSize(size))
            throw new LinuxException(Errno.EINVAL, "ring", $"{size}");
        _rings[queue].Size = (ushort)size;
    }

    /// <inheritdoc/>
    public void SetVringAddress(int queue, in VringAddress address) => _rings[queue].Address = address;

    /// <inheritdoc/>
    public void SetVringBase(int queue, uint index) => _rings[queue].Base = index;

    /// <inheritdoc/>
    public void SetVringKick(int queue, OwnedFd kick)
    {
        using (kick)
            Check(_rings[queue]);
    }

    /// <inheritdoc/>
    public void SetVringCall(int queue, OwnedFd? call) => call?.Dispose();

    /// <inheritdoc/>
    public void SetVringError(int queue, OwnedFd? error) => error?.Dispose();

    /// <inheritdoc/>
    public void EnableVring(int queue, bool enabled)
    {
    }

    /// <inheritdoc/>
    public uint StopVring(int queue) => _rings[queue].Base;

    /// <inheritdoc/>
    public void StopAll()
    {
    }

    /// <inheritdoc/>
    public void Reset() => Array.Clear(_rings);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static RegionRecord ToRecord(in MemoryRegionDescription region) => new()
    {
        GuestAddress = region.GuestAddress,
        Size = region.Size,
        UserAddress = region.UserAddress,
        FileOffset = region.MmapOffset,
    };

    // Every byte of a ring that is accepted is touched: one that is not mapped ends the process.
    private unsafe void Check(in Ring ring)
    {
        var packed = _features.HasFlag(VirtioFeatures.RingPacked);
        var setup = new RingSetup(ring.Size, ring.Address.Descriptors, ring.Address.Available, ring.Address.Used, ring.Base, true, true, packed);
        setup.Validate();
        var table = _memory.Hold();
        try
        {
            foreach (var (address, length) in new[] { (setup.Descriptors, setup.DescriptorBytes), (setup.Available, setup.AvailableBytes), (setup.Used, setup.UsedBytes) })
            {
                var host = table.TranslateUser(address, length);
                if (host is null)
                    throw new LinuxException(Errno.EINVAL, "ring", "not in guest memory");
                new Span<byte>(host, (int)length).Fill(1);
            }
        }
        finally
        {
            table.Release();
        }
    }

    private struct Ring
    {
        public ushort Size;
        public VringAddress Address;
        public uint Base;
    }
}
