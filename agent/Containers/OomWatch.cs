using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using KataShimNet.Linux;

namespace KataShimNet.Agent.Containers;

/// <summary>Notices when the kernel ends a process because its container is over its memory limit (memory.events, oom_kill).</summary>
/// <param name="poller">Waits for changes.</param>
internal sealed class OomWatch(FdPoller poller)
{
    // Nobody may be asking for a long time.
    private const int MostWaiting = 1024;

    private readonly ConcurrentDictionary<string, CancellationTokenSource> _watched = new();

    private readonly Channel<string> _events = System.Threading.Channels.Channel.CreateBounded<string>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Waits for the next event.</summary>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Id of the container.</returns>
    public ValueTask<string> NextAsync(CancellationToken cancel) => _events.Reader.ReadAsync(cancel);

    /// <summary>Begins to watch a container.</summary>
    /// <param name="containerId">Its id.</param>
    public void Watch(string containerId)
    {
        var end = new CancellationTokenSource();
        _watched[containerId] = end;
        _ = WatchAsync(containerId, end.Token);
    }

    /// <summary>Ends the watch of a container.</summary>
    /// <param name="containerId">Its id.</param>
    public void Forget(string containerId)
    {
        if (_watched.TryRemove(containerId, out var end))
            end.Cancel();
    }

    private async Task WatchAsync(string containerId, CancellationToken end)
    {
        try
        {
            using var events = CgroupEvents.Open(ContainerCgroup.Of(containerId).PathOf("memory.events"));
            for (ulong seen = 0; ;)
            {
                var kills = events.Read().GetValueOrDefault("oom_kill");
                if (kills > seen)
                    _events.Writer.TryWrite(containerId);
                seen = kills;
                await events.ChangedAsync(poller, end).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is LinuxException or OperationCanceledException)
        {
            // The group is gone, and with it what could run out of memory.
        }
    }
}
