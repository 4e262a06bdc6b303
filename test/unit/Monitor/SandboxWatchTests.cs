using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Monitor.Watching;
using KataShimNet.Sandboxes;
using KataShimNet.Shim.Sandboxes;
using Xunit;

namespace KataShimNet.UnitTests.Monitor;

/// <summary>Sandboxes appear with their state, not with their folder, and go with it.</summary>
public sealed class SandboxWatchTests : IAsyncDisposable
{
    private readonly string _stateDir = Directory.CreateTempSubdirectory("katanet-watch-").FullName;
    private readonly SandboxWatch _watch;

    public SandboxWatchTests() => _watch = new SandboxWatch(new SandboxList(_stateDir));

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(CancellationToken.None);
        _watch.Dispose();
        Directory.Delete(_stateDir, recursive: true);
    }

    [Fact]
    public async Task WhoSubscribesIsToldWhatIsThereAndWhatChanges()
    {
        StateFile first = Note("k8s.io:first");
        await _watch.StartAsync(CancellationToken.None);
        using WatchSubscription subscription = _watch.Subscribe();
        Assert.Equal("+first", await NextAsync(subscription));
        Assert.Equal("synced", await NextAsync(subscription));

        Directory.CreateDirectory(Path.Combine(_stateDir, "moby:second"));
        Directory.CreateDirectory(Path.Combine(_stateDir, "coherency"));
        StateFile third = Note("moby:third");
        Assert.Equal("+third", await NextAsync(subscription));
        StateFile second = Note("moby:second");
        Assert.Equal("+second", await NextAsync(subscription));

        first.RemoveFolder();
        Assert.Equal("-first", await NextAsync(subscription));
        using WatchSubscription late = _watch.Subscribe();
        Assert.Equal(["+second", "+third", "synced"], [await NextAsync(late), await NextAsync(late), await NextAsync(late)]);
        second.RemoveFolder();
        third.RemoveFolder();
        Assert.Equal(["-second", "-third"], new SortedSet<string> { await NextAsync(late), await NextAsync(late) });
    }

    [Fact]
    public async Task TheEndEndsSubscriptions()
    {
        await _watch.StartAsync(CancellationToken.None);
        using WatchSubscription before = _watch.Subscribe();
        Assert.Equal("synced", await NextAsync(before));
        await _watch.StopAsync(CancellationToken.None);
        await Assert.ThrowsAsync<System.Threading.Channels.ChannelClosedException>(() => NextAsync(before));
    }

    [Fact]
    public async Task WhoDoesNotReadIsCutOff()
    {
        using var subscription = new WatchSubscription(static _ => { });
        for (int i = 0; i <= 10_000; i++)
            subscription.Tell(default);
        await Assert.ThrowsAsync<TooSlowException>(async () =>
        {
            await foreach (SandboxChange _ in subscription.Changes.ReadAllAsync())
            {
            }
        });
    }

    private StateFile Note(string name)
    {
        var state = new StateFile(Path.Combine(_stateDir, name));
        state.Create(ProcessMark.Of("shim", Environment.ProcessId));
        return state;
    }

    private static async Task<string> NextAsync(WatchSubscription subscription)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        SandboxChange change = await subscription.Changes.ReadAsync(patience.Token);
        return change.Folder is null ? "synced" : (change.IsThere ? "+" : "-") + change.Folder.Id;
    }
}
