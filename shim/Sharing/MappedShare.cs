using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.FsdControl;
using KataShimNet.AgentProto.Kata;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Qemu;
using KataShimNet.Shim.Qemu.Arguments;
using KataShimNet.Shim.Qemu.Hotplug;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Sharing;

/// <summary>
/// The sandbox's second virtio-fs device: its files are mapped by the guest from the host's own memory (DAX), so that memory maps are
/// shared with other pods and the host. It is made and plugged in when the first volume needs it; a pod without one pays nothing.
/// </summary>
/// <param name="options">Settings.</param>
/// <param name="stateDir">Where the daemons of the node meet.</param>
/// <param name="logLevel">Log level of its daemon.</param>
/// <param name="started">Called with the daemon's process, so that it can be cleaned up after.</param>
/// <param name="onLine">Called for each line of the daemon's log.</param>
/// <param name="refresh">Has the guest ask for the sizes of files again.</param>
/// <param name="log">Events.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle: there is nothing to release.")]
internal sealed partial class MappedShare(
    SharingOptions options, string stateDir, string logLevel, Action<ProcessMark> started, Action<string> onLine, Func<IReadOnlyList<GuestFile>, Task> refresh, ILogger log)
{
    private const string Chardev = "mapped";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set once, under _turn.
    private volatile SharingDaemon? _daemon;
    // Guarded by _turn.
    private bool _impossible = options.Dax == SharedMaps.Never;

    /// <summary>Whether containers' roots are to be on it, too.</summary>
    public bool HasRoots => options.Dax == SharedMaps.Always;

    /// <summary>Its daemon; null before there is one.</summary>
    public SharingDaemon? Daemon => _daemon;

    /// <summary>Completes when its daemon has ended; never without one.</summary>
    public Task Died => _died.Task;

    /// <summary>Opens it, the first time; the guest finds the device a moment later.</summary>
    /// <param name="qemu">The machine.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Its daemon; null when there cannot be one, which the log says once.</returns>
    public async Task<SharingDaemon?> OpenAsync(QemuProcess qemu, CancellationToken cancel)
    {
        if (Volatile.Read(ref _impossible))
            return null;
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_daemon is null && !_impossible && await TryOpenAsync(qemu, cancel).ConfigureAwait(false) is { } obstacle)
            {
                _impossible = true;
                if (options.MapsWithoutDax == MapsWithoutDax.Allow)
                    LogUnavailable(log, obstacle);
                else
                    LogRefused(log, obstacle);
            }

            return _daemon;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the daemon, if there is one. QEMU has ended: it cannot do without.</summary>
    public async Task EndAsync()
    {
        if (_daemon is not { } daemon)
            return;
        await daemon.EndAsync().ConfigureAwait(false);
        daemon.Dispose();
    }

    private async Task<string?> TryOpenAsync(QemuProcess qemu, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        SharingDaemon? daemon = null;
        try
        {
            if (await DaxSupport.FindObstacleAsync(qemu.Monitor, cancel).ConfigureAwait(false) is { } obstacle)
                return obstacle;
            var (ours, theirs) = FdSocket.CreatePair(SysSocket.SOCK_STREAM);
            using (ours)
            using (theirs)
            {
                daemon = SharingDaemon.Start(
                    SharingDaemon.SecondName, options, stateDir, logLevel, ours, onLine, refresh,
                    "--tag", GuestContract.MappedShareTag,
                    "--truncation-guard", options.TruncationGuard.ToString().ToLowerInvariant(),
                    "--dax-window", string.Create(CultureInfo.InvariantCulture, $"{options.DaxWindowMib}M"));
                started(daemon.Mark);
                if ((await daemon.GetStatusAsync().ConfigureAwait(false)).DaxWindow == 0)
                    throw new LinuxException(Errno.EOPNOTSUPP, "fsd", "the host's kernel has no FUSE passthrough");
                await PlugAsync(qemu, theirs, cancel).ConfigureAwait(false);
            }

            _daemon = daemon;
            _ = daemon.Child.Exited.ContinueWith(_ => _died.TrySetResult(), TaskScheduler.Default);
            LogOpened(log, options.DaxWindowMib, (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            return null;
        }
        catch (Exception e) when (e is LinuxException or QmpException)
        {
            if (daemon is not null)
            {
                await daemon.EndAsync().ConfigureAwait(false);
                daemon.Dispose();
            }

            return e.Message;
        }
    }

    private async Task PlugAsync(QemuProcess qemu, OwnedFd socket, CancellationToken cancel)
    {
        await qemu.Monitor.NameFdAsync(Chardev, socket, cancel).ConfigureAwait(false);
        await qemu.Monitor.ExecuteAsync("chardev-add", WriteChardev, cancel).ConfigureAwait(false);
        await qemu.Monitor.ExecuteAsync("device_add", json =>
        {
            json.WriteString("driver"u8, DaxSupport.Device);
            json.WriteString("id"u8, Chardev);
            json.WriteString("bus"u8, MappedSharePort.Bus);
            json.WriteString("chardev"u8, Chardev);
            // virtio 1.3, section 5.11: a file system device has the number 26, a queue for high priority and at least one for
            // requests, and 40 bytes of configuration.
            json.WriteNumber("virtio-id"u8, 26);
            json.WriteNumber("num_vqs"u8, 2);
            json.WriteNumber("vq_size"u8, options.QueueSize);
            json.WriteNumber("config_size"u8, 40);
        }, cancel).ConfigureAwait(false);
    }

    private static void WriteChardev(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Chardev);
        json.WriteStartObject("backend"u8);
        json.WriteString("type"u8, "socket");
        json.WriteStartObject("data"u8);
        json.WriteBoolean("server"u8, false);
        json.WriteStartObject("addr"u8);
        json.WriteString("type"u8, "fd");
        json.WriteStartObject("data"u8);
        json.WriteString("str"u8, Chardev);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    [LoggerMessage(70, LogLevel.Warning, "no DAX: what a container stores through a memory map of a volume is not seen at once by other pods and the host")]
    private static partial void LogUnavailable(ILogger log, string reason);

    [LoggerMessage(71, LogLevel.Information, "volumes are mapped from the host's memory (DAX)")]
    private static partial void LogOpened(ILogger log, int windowMib, long milliseconds);

    [LoggerMessage(72, LogLevel.Warning, "no DAX: containers cannot map files of volumes with MAP_SHARED (sharing.maps_without_dax: refuse)")]
    private static partial void LogRefused(ILogger log, string reason);
}
