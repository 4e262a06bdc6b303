using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Arguments;
using KataShimNet.Shim.Qemu.Hotplug;

namespace KataShimNet.Shim.Storage.Disks;

/// <summary>Block devices of the host that are disks of the machine, counted: containers that use the same device use the same disk.</summary>
/// <param name="qemu">The machine.</param>
/// <param name="options">Settings.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed class DiskPool(QemuProcess qemu, HypervisorOptions options)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    // Guarded by _turn.
    private readonly Dictionary<(HostDisk Disk, bool ReadOnly), PluggedDisk> _disks = [];
    private int _lastDisk;

    /// <summary>Puts a disk into the machine, or counts one use more.</summary>
    /// <param name="disk">The host's device.</param>
    /// <param name="readOnly">Whether the guest may not write.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="QmpException">QEMU refused, or no port is free.</exception>
    /// <exception cref="Linux.LinuxException">The device cannot be opened.</exception>
    public async Task<DiskUse> UseAsync(HostDisk disk, bool readOnly, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!_disks.TryGetValue((disk, readOnly), out var plugged))
            {
                plugged = await PlugAsync(disk, readOnly, cancel).ConfigureAwait(false);
                _disks.Add((disk, readOnly), plugged);
            }

            plugged.Users++;
            return new DiskUse(plugged.Device.GuestPciPath, () => ReleaseAsync(disk, readOnly));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ReleaseAsync(HostDisk disk, bool readOnly)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_disks.TryGetValue((disk, readOnly), out var plugged) || --plugged.Users > 0)
                return;
            _disks.Remove((disk, readOnly));
            // With QEMU everything of it is gone.
            if (!qemu.Child.Exited.IsCompleted)
                await plugged.RemoveAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<PluggedDisk> PlugAsync(HostDisk disk, bool readOnly, CancellationToken cancel)
    {
        var node = string.Create(CultureInfo.InvariantCulture, $"disk{++_lastDisk}");
        FdSet files;
        using (var fd = disk.Open(readOnly))
            files = await qemu.Monitor.AddFdAsync(fd, cancel).ConfigureAwait(false);
        try
        {
            await qemu.Monitor.ExecuteAsync("blockdev-add", json => WriteBackEnd(json, node, files, readOnly), null, cancel).ConfigureAwait(false);
            try
            {
                return new PluggedDisk(qemu.Monitor, files, node, await AddDeviceAsync(node, cancel).ConfigureAwait(false));
            }
            catch
            {
                await PluggedDisk.RemoveNodeAsync(qemu.Monitor, node).ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            await qemu.Monitor.RemoveFdAsync(files, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private void WriteBackEnd(Utf8JsonWriter json, string node, FdSet files, bool readOnly)
    {
        json.WriteString("driver"u8, "host_device");
        json.WriteString("node-name"u8, node);
        json.WriteString("filename"u8, files.Path);
        json.WriteBoolean("read-only"u8, readOnly);
        json.WriteString("aio"u8, options.BlockAio == BlockAio.IoUring ? "io_uring" : options.BlockAio == BlockAio.Native ? "native" : "threads");
        json.WriteStartObject("cache"u8);
        json.WriteBoolean("direct"u8, options.BlockCache == BlockCache.None);
        json.WriteBoolean("no-flush"u8, options.BlockCache == BlockCache.Unsafe);
        json.WriteEndObject();
    }

    private void WriteDisk(Utf8JsonWriter json, string node)
    {
        json.WriteString("drive"u8, node);
        json.WriteBoolean("share-rw"u8, true);
        if (options.BlockLogicalSector > 0)
            json.WriteNumber("logical_block_size"u8, options.BlockLogicalSector);
        // QEMU refuses a physical sector that is smaller than the logical one.
        if (Math.Max(options.BlockPhysicalSector, options.BlockLogicalSector) is > 0 and var physical)
            json.WriteNumber("physical_block_size"u8, physical);
    }

    private void WriteQueues(Utf8JsonWriter json, string number, string size)
    {
        if (options.BlockQueues > 0)
            json.WriteNumber(number, options.BlockQueues);
        json.WriteNumber(size, options.BlockQueueSize);
        if (options.BlockIothread)
            json.WriteString("iothread"u8, DiskThread.Id);
    }

    private async Task<HotplugDevice> AddDeviceAsync(string node, CancellationToken cancel)
    {
        if (options.BlockDeviceDriver == BlockDeviceDriver.VirtioBlk)
        {
            return await qemu.Hotplug.AddAsync("virtio-blk-pci", json =>
            {
                WriteDisk(json, node);
                WriteQueues(json, "num-queues", "queue-size");
            }, cancel).ConfigureAwait(false);
        }

        var controller = await qemu.Hotplug.AddAsync("virtio-scsi-pci", json => WriteQueues(json, "num_queues", "virtqueue_size"), cancel).ConfigureAwait(false);
        try
        {
            await qemu.Monitor.ExecuteAsync("device_add", json =>
            {
                json.WriteString("driver"u8, "scsi-hd");
                json.WriteString("bus"u8, controller.Id + ".0");
                WriteDisk(json, node);
            }, null, cancel).ConfigureAwait(false);
            return controller;
        }
        catch
        {
            await controller.RemoveAsync(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}

/// <summary>One use of a disk; the last one given up takes it out of the machine.</summary>
/// <param name="GuestPciPath">Where the guest finds it.</param>
/// <param name="ReleaseAsync">Gives it up; called once.</param>
internal sealed record DiskUse(string GuestPciPath, Func<Task> ReleaseAsync);
