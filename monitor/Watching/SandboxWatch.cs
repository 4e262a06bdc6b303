using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.Sandboxes;
using Microsoft.Extensions.Hosting;

namespace KataShimNet.Monitor.Watching;

/// <summary>Knows which sandboxes there are, by inotify on the folder of their state, and tells of changes.</summary>
/// <param name="sandboxes">The sandboxes.</param>
internal sealed class SandboxWatch(SandboxList sandboxes) : IHostedService, IDisposable
{
    private readonly Lock _gate = new();
    // Guarded by _gate: those that are there, and those who want to know.
    private readonly Dictionary<string, SandboxFolder> _known = [];
    private readonly List<WatchSubscription> _subscriptions = [];
    private bool _ended;

    private readonly CancellationTokenSource _stop = new();
    private readonly FdPoller _poller = new();
    private readonly Inotify _inotify = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Looks for the first time, and goes on looking.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _inotify.Add(sandboxes.StateDir, SysInotify.IN_CREATE | SysInotify.IN_DELETE | SysInotify.IN_MOVED_TO);
        Look();
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Ends all subscriptions.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        lock (_gate)
        {
            _ended = true;
            foreach (WatchSubscription subscription in _subscriptions)
                subscription.Complete();
        }
    }

    /// <summary>Tells what is there now, and every change from now on.</summary>
    public WatchSubscription Subscribe()
    {
        var subscription = new WatchSubscription(End);
        lock (_gate)
        {
            foreach (SandboxFolder folder in _known.Values.OrderBy(static folder => folder.Path, StringComparer.Ordinal))
                subscription.Tell(new SandboxChange(folder, IsThere: true));
            subscription.Tell(default);
            if (_ended)
                subscription.Complete();
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _poller.Dispose();
        _inotify.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _poller.WaitAsync(_inotify.Fd, Poll.POLLIN, _stop.Token).ConfigureAwait(false);
                // Whatever it says: looking anew is right also when events were lost.
                _inotify.Read();
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The monitor ends.
        }
    }

    private void Look()
    {
        Dictionary<string, SandboxFolder> now = sandboxes.Folders().Where(HasState).ToDictionary(static folder => folder.Path, StringComparer.Ordinal);
        lock (_gate)
        {
            SandboxChange[] changes =
            [
                .. _known.Values.Where(folder => !now.ContainsKey(folder.Path)).Select(static folder => new SandboxChange(folder, IsThere: false)),
                .. now.Values.Where(folder => !_known.ContainsKey(folder.Path)).Select(static folder => new SandboxChange(folder, IsThere: true)),
            ];
            foreach (SandboxChange change in changes)
            {
                _ = change.IsThere ? _known.TryAdd(change.Folder!.Path, change.Folder) : _known.Remove(change.Folder!.Path);
                foreach (WatchSubscription subscription in _subscriptions)
                    subscription.Tell(change);
            }
        }
    }

    // A folder is there a moment before its state is. Watched first, looked into then: what comes in between is an event.
    private bool HasState(SandboxFolder folder)
    {
        lock (_gate)
        {
            if (_known.ContainsKey(folder.Path))
                return true;
        }

        try
        {
            _inotify.Add(folder.Path, SysInotify.IN_MOVED_TO);
        }
        catch (LinuxException)
        {
            // It has gone again, or the user has no more watches: then it is noticed with the next event of the folder above.
        }

        return SandboxRecord.Read(folder.Path) is not null;
    }

    private void End(WatchSubscription subscription)
    {
        lock (_gate)
            _subscriptions.Remove(subscription);
    }
}
