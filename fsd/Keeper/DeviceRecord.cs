using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Keeper;

/// <summary>The device as the keeper knows it: every descriptor and number that must outlive a worker, told on to the worker.</summary>
/// <remarks>A record changes only after the worker has followed, so that it is always what a worker has.</remarks>
internal sealed class DeviceRecord : IDevice, IDisposable
{
    private readonly IWorkerCalls _worker;
    private readonly DaxWindow? _window;
    private readonly List<(RegionRecord Region, OwnedFd File)> _memory = [];
    private readonly VringRecord?[] _vrings = new VringRecord?[DeviceLimits.MaxQueues];
    private readonly OwnedFd _marks;
    private OwnedFd _inflight;
    private InflightShape _shape;
    private VirtioFeatures _features;

    /// <summary>Makes the record of a new device.</summary>
    /// <param name="worker">The worker, whichever there is.</param>
    /// <param name="window">Its DAX window, or null; not owned.</param>
    public DeviceRecord(IWorkerCalls worker, DaxWindow? window = null)
    {
        _worker = worker;
        _window = window;
        _shape = InflightShape.For(DeviceLimits.MaxQueues, RingSetup.MaxSize);
        _marks = InflightFile.CreateMarks();
        _inflight = InflightFile.Create(_shape);
        GiveInflight(worker);
    }

    /// <summary>Brings a new worker to where the last one was: its memory, and the rings that run.</summary>
    /// <param name="worker">Its channel.</param>
    public void Restore(IWorkerCalls worker)
    {
        GiveInflight(worker);
        foreach (var (region, file) in _memory)
            worker.Call(ChannelOperation.AddRegion, 0, region, [file.Fd]);
        for (var queue = 0; queue < _vrings.Length; queue++)
        {
            if (_vrings[queue] is { Started: true } vring)
                Start(worker, queue, vring, QueueStart.Resume);
        }
    }

    /// <inheritdoc/>
    public void SetFeatures(VirtioFeatures features) => _features = features;

    /// <inheritdoc/>
    public void SetMemory(IReadOnlyList<(MemoryRegionDescription Region, OwnedFd File)> regions)
    {
        var records = new RegionRecord[regions.Count];
        var fds = new int[regions.Count];
        for (var i = 0; i < fds.Length; i++)
            (records[i], fds[i]) = (ToRecord(regions[i].Region), regions[i].File.Fd);
        try
        {
            _worker.Call(ChannelOperation.SetMemory, (uint)fds.Length, 0, MemoryMarshal.AsBytes<RegionRecord>(records), fds);
        }
        catch
        {
            foreach (var (_, file) in regions)
                file.Dispose();
            throw;
        }

        ForgetMemory();
        for (var i = 0; i < records.Length; i++)
            _memory.Add((records[i], regions[i].File));
    }

    /// <inheritdoc/>
    public void AddMemory(in MemoryRegionDescription region, OwnedFd file)
    {
        var record = ToRecord(region);
        try
        {
            _worker.Call(ChannelOperation.AddRegion, 0, record, [file.Fd]);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _memory.Add((record, file));
    }

    /// <inheritdoc/>
    public void RemoveMemory(in MemoryRegionDescription region)
    {
        var record = ToRecord(region);
        _worker.Call(ChannelOperation.RemoveRegion, 0, record);
        var index = _memory.FindIndex(m =>
            m.Region.GuestAddress == record.GuestAddress && m.Region.UserAddress == record.UserAddress && m.Region.Size == record.Size);
        if (index < 0)
            return;
        _memory[index].File.Dispose();
        _memory.RemoveAt(index);
    }

    /// <inheritdoc/>
    public void SetInflight(InflightShape shape, OwnedFd file)
    {
        try
        {
            shape.Validate(file);
            for (var queue = 0; queue < _vrings.Length; queue++)
            {
                if (_vrings[queue] is { Started: true })
                    throw new LinuxException(Errno.EBUSY, "in-flight region", $"ring {queue} runs; it has to be stopped first");
            }

            _worker.Call(ChannelOperation.SetInflight, 0, shape, [file.Fd]);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _inflight.Dispose();
        (_inflight, _shape) = (file, shape);
        for (var queue = 0; queue < shape.Queues; queue++)
            Vring(queue).Resumes = true;
    }

    /// <inheritdoc/>
    public void SetVringSize(int queue, uint size)
    {
        if (!RingSetup.IsValidSize(size))
            throw new LinuxException(Errno.EINVAL, "ring", $"{size} entries: it must be a power of two up to {RingSetup.MaxSize}");
        Stopped(queue).Size = (ushort)size;
    }

    /// <inheritdoc/>
    public void SetVringAddress(int queue, in VringAddress address)
    {
        if (address.Flags != 0)
            throw new LinuxException(Errno.EINVAL, "ring", $"flags 0x{address.Flags:x}: logging of writes was not offered");
        // Addresses of a running ring may be repeated: QEMU does it when it turns logging of dirty memory on or off.
        var vring = Vring(queue);
        if (vring.Started && (vring.Descriptors, vring.Available, vring.Used) == (address.Descriptors, address.Available, address.Used))
            return;
        vring = Stopped(queue);
        (vring.Descriptors, vring.Available, vring.Used) = (address.Descriptors, address.Available, address.Used);
    }

    /// <inheritdoc/>
    public void SetVringBase(int queue, uint index)
    {
        if (index > ushort.MaxValue && (_features & VirtioFeatures.RingPacked) == 0)
            throw new LinuxException(Errno.EINVAL, "ring", $"base {index} does not fit 16 bits");
        Stopped(queue).Base = index;
    }

    /// <inheritdoc/>
    public void SetVringKick(int queue, OwnedFd kick)
    {
        var vring = Vring(queue);
        if (vring.Started)
            vring.Base = StopVring(queue);
        vring.SetKick(kick);
        if ((_features & VirtioFeatures.ProtocolFeatures) == 0)
            vring.Enabled = true;
        Start(queue, vring);
    }

    /// <inheritdoc/>
    public void SetVringCall(int queue, OwnedFd? call)
    {
        var vring = Vring(queue);
        vring.SetCall(call);
        if (vring.Started)
            _worker.Call(ChannelOperation.SetCall, (uint)queue, 0, default, call is null ? [] : [call.Fd]);
    }

    /// <inheritdoc/>
    public void SetVringError(int queue, OwnedFd? error) => Vring(queue).SetError(error);

    /// <inheritdoc/>
    public void EnableVring(int queue, bool enabled)
    {
        var vring = Vring(queue);
        if (vring.Started)
            _worker.Call(ChannelOperation.EnableQueue, (uint)queue, enabled ? 1ul : 0);
        vring.Enabled = enabled;
    }

    /// <inheritdoc/>
    public uint StopVring(int queue)
    {
        var vring = Vring(queue);
        // First: from here on the front end stops, and answers no requests of ours until it is through.
        _window?.Run.SetRings(false);
        if (vring.Started)
        {
            vring.Base = (uint)_worker.Call(ChannelOperation.StopQueue, (uint)queue);
            vring.Started = false;
            vring.SetKick(null);
        }

        return vring.Base;
    }

    /// <inheritdoc/>
    public void StopAll()
    {
        for (var queue = 0; queue < _vrings.Length; queue++)
        {
            if (_vrings[queue] is not { } vring)
                continue;
            StopVring(queue);
            vring.Enabled = false;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        StopAll();
        _worker.Call(ChannelOperation.Reset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ForgetMemory();
        foreach (var vring in _vrings)
            vring?.Dispose();
        _inflight.Dispose();
        _marks.Dispose();
    }

    private static RegionRecord ToRecord(in MemoryRegionDescription region) => new()
    {
        GuestAddress = region.GuestAddress,
        Size = region.Size,
        UserAddress = region.UserAddress,
        FileOffset = region.MmapOffset,
    };

    private void GiveInflight(IWorkerCalls worker) =>
        worker.Call(ChannelOperation.SetInflight, 0, _shape, [_inflight.Fd, _marks.Fd]);

    private VringRecord Vring(int queue) => _vrings[queue] ??= new VringRecord();

    private VringRecord Stopped(int queue)
    {
        var vring = Vring(queue);
        return vring.Started ? throw new LinuxException(Errno.EBUSY, "ring", $"{queue} runs; it has to be stopped first") : vring;
    }

    private void Start(int queue, VringRecord vring)
    {
        // In two steps: when a worker dies in the second one, the next can tell what the first has left.
        Start(_worker, queue, vring, (ushort)(QueueStart.Prepare | (vring.Resumes ? QueueStart.Resume : 0)));
        Start(_worker, queue, vring, QueueStart.Resume);
        vring.Started = true;
        vring.Resumes = false;
        _window?.Run.SetRings(true);
    }

    private void Start(IWorkerCalls worker, int queue, VringRecord vring, ushort flags)
    {
        var fds = new List<int>();
        if ((flags & QueueStart.Prepare) == 0)
        {
            fds.Add(vring.Kick!.Fd);
            if (vring.Call is not null)
                fds.Add(vring.Call.Fd);
            if (vring.Error is not null)
                fds.Add(vring.Error.Fd);
            flags |= (ushort)((vring.Enabled ? QueueStart.Enabled : 0)
                | (vring.Call is null ? 0 : QueueStart.HasCall)
                | (vring.Error is null ? 0 : QueueStart.HasError));
        }

        var start = new QueueStart
        {
            Descriptors = vring.Descriptors,
            Available = vring.Available,
            Used = vring.Used,
            Features = (ulong)_features,
            Size = vring.Size,
            Base = vring.Base,
            Flags = flags,
        };
        worker.Call(ChannelOperation.StartQueue, (uint)queue, start, CollectionsMarshal.AsSpan(fds));
    }

    private void ForgetMemory()
    {
        foreach (var (_, file) in _memory)
            file.Dispose();
        _memory.Clear();
    }
}
