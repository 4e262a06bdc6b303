using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Storage.Watching;

/// <summary>
/// Watches folders that kubelet writes as a whole: it makes a folder with the new content and moves a link <c>..data</c> to it
/// (Kubernetes, pkg/volume/util/atomic_writer.go). The move is what counts; the names that people use are made and deleted after it.
/// </summary>
/// <param name="refresh">Brings the guest's copy, by its mount point, up to date.</param>
/// <param name="log">Where failures go.</param>
[SuppressMessage("Design", "CA1001", Justification = "Disposed of by StopAsync, in the sandbox's undo list.")]
internal sealed partial class FolderWatcher(Func<string, CancellationToken, Task> refresh, ILogger log)
{
    /// <summary>The link that is moved.</summary>
    public const string DataLink = "..data";

    private readonly Lock _gate = new();
    // Guarded by _gate: by mount point, the watch, and how many containers use it.
    private readonly Dictionary<string, (int Watch, int Users)> _folders = [];
    private readonly CancellationTokenSource _stop = new();
    // Made with the first folder, guarded by _gate: most pods without a kubelet have none.
    private Inotify? _inotify;
    private FdPoller? _poller;
    private Task? _loop;

    /// <summary>Watches a folder, or counts one use more.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mountPoint">Where the guest has its copy.</param>
    /// <exception cref="LinuxException">The host gives no more watches.</exception>
    public void Add(OpenedPath folder, string mountPoint)
    {
        lock (_gate)
        {
            if (_folders.TryGetValue(mountPoint, out var known))
            {
                _folders[mountPoint] = known with { Users = known.Users + 1 };
                return;
            }

            _inotify ??= new Inotify();
            var watch = _inotify.Add($"/proc/self/fd/{folder.Fd.Fd}", SysInotify.IN_MOVED_TO | SysInotify.IN_CREATE | SysInotify.IN_DELETE);
            _folders.Add(mountPoint, (watch, 1));
            _poller ??= new FdPoller();
            _loop ??= Task.Run(() => RunAsync(_inotify, _poller));
        }
    }

    /// <summary>Takes one use away.</summary>
    /// <param name="mountPoint">Where the guest has its copy.</param>
    public void Remove(string mountPoint)
    {
        lock (_gate)
        {
            if (!_folders.TryGetValue(mountPoint, out var known))
                return;
            if (known.Users > 1)
            {
                _folders[mountPoint] = known with { Users = known.Users - 1 };
                return;
            }

            _folders.Remove(mountPoint);
            _inotify?.Remove(known.Watch);
        }
    }

    /// <summary>Ends all watches.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_loop is { } loop)
            await loop.ConfigureAwait(false);
        _poller?.Dispose();
        _inotify?.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(Inotify inotify, FdPoller poller)
    {
        try
        {
            while (true)
            {
                await poller.WaitAsync(inotify.Fd, Poll.POLLIN, _stop.Token).ConfigureAwait(false);
                foreach (var point in Changed(inotify.Read()))
                    await RefreshAsync(point).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The sandbox ends.
        }
    }

    private HashSet<string> Changed(IReadOnlyList<InotifyEvent> events)
    {
        var changed = new HashSet<string>();
        lock (_gate)
        {
            foreach (var seen in events)
            {
                foreach (var (point, folder) in _folders)
                {
                    // When events were lost anything may have changed.
                    if ((seen.Mask & SysInotify.IN_Q_OVERFLOW) != 0 || (seen.Watch == folder.Watch && Matters(seen)))
                        changed.Add(point);
                }
            }
        }

        return changed;
    }

    // Names of kubelet's own begin with two dots.
    private static bool Matters(InotifyEvent seen) => (seen.Mask & SysInotify.IN_MOVED_TO) != 0
        ? seen.Name == DataLink
        : seen.Name.Length > 0 && !seen.Name.StartsWith("..", StringComparison.Ordinal);

    private async Task RefreshAsync(string point)
    {
        try
        {
            await refresh(point, _stop.Token).ConfigureAwait(false);
            LogRefreshed(log, point);
        }
        catch (Exception e) when (e is AgentProto.Ttrpc.TtrpcException or Polly.Timeout.TimeoutRejectedException)
        {
            // A copy that is not there yet is made from what the folder holds by then.
            LogFailed(log, point, e.Message);
        }
    }

    [LoggerMessage(60, LogLevel.Debug, "a volume was brought up to date")]
    private static partial void LogRefreshed(ILogger log, string volume);

    [LoggerMessage(61, LogLevel.Warning, "a volume could not be brought up to date in the guest")]
    private static partial void LogFailed(ILogger log, string volume, string reason);
}
