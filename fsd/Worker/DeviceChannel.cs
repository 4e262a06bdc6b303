using System;
using System.Collections.Generic;
using System.Text;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings;
using KataShimNet.Fsd.Rings.Inflight;
using KataShimNet.Fsd.State;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Worker;

/// <summary>Follows what the keeper says of guest memory and rings. Used by one thread.</summary>
internal sealed class DeviceChannel : IDisposable
{
    private readonly MemoryMap _memory = new();
    private readonly RequestQueue?[] _queues = new RequestQueue?[DeviceLimits.MaxQueues];
    private readonly IFileSystemServer _server;
    private readonly ILogger _logger;

    // Of the worker that was here before, until its tables are taken up.
    private readonly DescriptorMap _descriptors = new();

    private RequestMarks? _marks;
    private InflightArea? _inflight;

    /// <summary>Makes a device with no memory and no queues.</summary>
    /// <param name="server">Who handles requests; not owned.</param>
    /// <param name="logger">Log.</param>
    public DeviceChannel(IFileSystemServer server, ILogger logger)
    {
        _server = server;
        _logger = logger;
    }

    /// <summary>Handles a request of the keeper (<see cref="ChannelServer.Handler"/>).</summary>
    /// <param name="call">The request.</param>
    /// <param name="data">Room for data of the answer.</param>
    /// <param name="length">Bytes of data: none.</param>
    public ulong Handle(ChannelCall call, Span<byte> data, out int length)
    {
        length = 0;
        switch (call.Operation)
        {
            case ChannelOperation.Ping:
                return 0;
            case ChannelOperation.SetMemory:
                SetMemory(call);
                return 0;
            case ChannelOperation.AddRegion:
                AddRegion(call);
                return 0;
            case ChannelOperation.RemoveRegion:
                _memory.Remove(call.Read<RegionRecord>());
                return 0;
            case ChannelOperation.TakeDescriptors:
                TakeDescriptors(call);
                return 0;
            case ChannelOperation.RestoreExport:
                RestoreExport(call);
                return 0;
            case ChannelOperation.Recover:
                _server.Recover(_descriptors);
                return 0;
            case ChannelOperation.SetInflight:
                SetInflight(call);
                return 0;
            case ChannelOperation.StartQueue:
                return (ulong)StartQueue(call);
            case ChannelOperation.StopQueue:
                return Queue(call).Stop();
            case ChannelOperation.EnableQueue:
                Queue(call).Enable(call.Value != 0);
                return 0;
            case ChannelOperation.SetCall:
                Queue(call).SetCall(call.FdCount > 0 ? new EventFd(call.TakeFd()) : null);
                return 0;
            case ChannelOperation.Reset:
                Reset();
                return 0;
            default:
                throw new LinuxException(Errno.ENOSYS, "device channel", call.Operation.ToString());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var queue in _queues)
            queue?.Dispose();
        _inflight?.Dispose();
        _memory.Dispose();
    }

    private void SetMemory(ChannelCall call)
    {
        var regions = new List<GuestRegion>();
        try
        {
            for (var i = 0; i < (int)call.Index; i++)
            {
                using var file = call.TakeFd();
                regions.Add(GuestRegion.Map(call.Read<RegionRecord>(i), file));
            }
        }
        catch (LinuxException)
        {
            foreach (var region in regions)
                region.Release();
            throw;
        }

        _memory.Set(regions);
    }

    private void AddRegion(ChannelCall call)
    {
        using var file = call.TakeFd();
        _memory.Add(call.Read<RegionRecord>(), file);
    }

    private void TakeDescriptors(ChannelCall call)
    {
        var count = call.FdCount;
        for (var i = 0; i < count; i++)
            _descriptors.Add(call.Read<int>(i), call.TakeFd());
    }

    private void RestoreExport(ChannelCall call)
    {
        var name = Encoding.UTF8.GetString(call.Payload[sizeof(long)..]);
        _server.RestoreExport(name, ExportValue.ToPolicy(call.Value), call.TakeFd(), (int)call.Index, call.Read<long>());
    }

    private void SetInflight(ChannelCall call)
    {
        using var region = call.TakeFd();
        if (call.FdCount > 0)
        {
            using var marks = call.TakeFd();
            _marks = RequestMarks.Map(marks);
        }

        var area = InflightArea.Map(region, call.Read<InflightShape>(), _marks ?? throw new LinuxException(Errno.EPROTO, "device channel", "no marks"));
        foreach (var queue in _queues)
            queue?.Detach();
        _inflight?.Dispose();
        _inflight = area;
    }

    private int StartQueue(ChannelCall call)
    {
        var start = call.Read<QueueStart>();
        var features = (VirtioFeatures)start.Features;
        var setup = new RingSetup(
            start.Size,
            start.Descriptors,
            start.Available,
            start.Used,
            start.Base,
            features.HasFlag(VirtioFeatures.EventIdx),
            features.HasFlag(VirtioFeatures.IndirectDesc),
            features.HasFlag(VirtioFeatures.RingPacked));
        var area = _inflight ?? throw new LinuxException(Errno.EPROTO, "device channel", "no in-flight records");
        var resume = (start.Flags & QueueStart.Resume) != 0;
        if ((start.Flags & QueueStart.Prepare) != 0)
        {
            Queue(call).Prepare(setup, area, resume);
            return 0;
        }

        var kick = new EventFd(call.TakeFd());
        var interrupt = (start.Flags & QueueStart.HasCall) != 0 ? new EventFd(call.TakeFd()) : null;
        var error = (start.Flags & QueueStart.HasError) != 0 ? new EventFd(call.TakeFd()) : null;
        return Queue(call).Start(setup, area, resume, kick, interrupt, error, (start.Flags & QueueStart.Enabled) != 0);
    }

    private void Reset()
    {
        foreach (var queue in _queues)
        {
            queue?.Stop();
            queue?.Reset();
        }

        _server.Reset();
    }

    private RequestQueue Queue(ChannelCall call) =>
        call.Index < DeviceLimits.MaxQueues
            ? _queues[call.Index] ??= new RequestQueue((int)call.Index, _memory, _server, _logger)
            : throw new LinuxException(Errno.EINVAL, "device channel", $"queue {call.Index}");
}
