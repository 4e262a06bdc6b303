using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Polly;

namespace KataShimNet.Shim.Qemu.Hotplug;

/// <summary>Devices that come and go while the guest runs, each behind a root port of its own.</summary>
/// <param name="qmp">QEMU's monitor.</param>
/// <param name="ports">The machine's ports.</param>
internal sealed class HotplugBus(QmpClient qmp, RootPortTable ports)
{
    // The guest's kernel is asked to let go. Under emulation and load that takes seconds; a guest that hangs never does.
    private static readonly ResiliencePipeline s_removal =
        new ResiliencePipelineBuilder { Name = "device-removal" }.AddTimeout(TimeSpan.FromSeconds(30)).Build();

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _removals = new();
    private int _lastId;

    /// <summary>Puts a device into the machine (device_add). The guest finds it some milliseconds later.</summary>
    /// <param name="deviceType">QEMU's name of the device, such as <c>virtio-blk-pci</c>.</param>
    /// <param name="properties">Writes its properties, without <c>driver</c>, <c>id</c> and <c>bus</c>.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="QmpException">No port is free, or QEMU refused; the text says why.</exception>
    public async Task<HotplugDevice> AddAsync(string deviceType, Action<Utf8JsonWriter> properties, CancellationToken cancel)
    {
        var port = ports.Take();
        var id = string.Create(CultureInfo.InvariantCulture, $"plugged{Interlocked.Increment(ref _lastId)}");
        try
        {
            await qmp.ExecuteAsync("device_add", json =>
            {
                json.WriteString("driver"u8, deviceType);
                json.WriteString("id"u8, id);
                json.WriteString("bus"u8, port.Bus);
                properties(json);
            }, cancel).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            ports.Return(port);
            throw;
        }

        return new HotplugDevice(this, id, port);
    }

    /// <summary>Takes a device out; see <see cref="HotplugDevice.RemoveAsync"/>.</summary>
    public async Task RemoveAsync(string id, RootPort port, CancellationToken cancel)
    {
        var removed = _removals.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await s_removal.ExecuteAsync(async token =>
            {
                await qmp.ExecuteAsync("device_del", json => json.WriteString("id"u8, id), token).ConfigureAwait(false);
                await removed.Task.WaitAsync(token).ConfigureAwait(false);
            }, cancel).ConfigureAwait(false);
        }
        catch (Polly.Timeout.TimeoutRejectedException e)
        {
            throw new QmpException($"the guest does not let go of device {id}", e);
        }
        finally
        {
            _removals.TryRemove(id, out _);
        }

        ports.Return(port);
    }

    /// <summary>Takes note of an event of QEMU's.</summary>
    public void OnEvent(string name, JsonElement data)
    {
        // A device without an id has been somebody else's, and so has what is inside a device.
        if (name is not ("DEVICE_DELETED" or "DEVICE_UNPLUG_GUEST_ERROR")
            || !data.TryGetProperty("device"u8, out var device) || !_removals.TryGetValue(device.GetString() ?? "", out var removed))
        {
            return;
        }

        if (name == "DEVICE_DELETED")
            removed.TrySetResult();
        else
            removed.TrySetException(new QmpException($"the guest refuses to let go of device {device.GetString()}"));
    }
}
