using System;
using System.Linq;
using System.Threading;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Linux;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Coherency.Peers;

public sealed class PeerLinksTests : IDisposable
{
    private readonly TestNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void OneThatCannotBeAskedIsNoReasonNotToAskTheOthers()
    {
        var asks = _node.Start();
        var mute = _node.Start();
        var notes = new WindowNotes();
        var hears = _node.Start(notes);
        Assert.Equal(Errno.None, Ask(TimeSpan.FromMinutes(1), mute, hears));
        Assert.Single(notes.Calls);

        // As between a daemon's start, or the end of its connections, and its end: it lives, and there is no link to it.
        var path = _node.Alive[mute.Self];
        mute.Die();
        _node.Alive[mute.Self] = path;
        Assert.True(SpinWait.SpinUntil(() => asks.Links.Snapshot().All(link => link.Peer != mute.Self), TimeSpan.FromMinutes(1)));
        Assert.Equal(Errno.ETIMEDOUT, Ask(TimeSpan.FromMilliseconds(300), mute, hears));
        Assert.Equal(2, notes.Calls.Count);

        Errno Ask(TimeSpan limit, params TestNode.TestDaemon[] daemons) => asks.Links.Ask(
            daemons.Select(daemon => daemon.Self), PeerRequest.Of(PeerOperation.Shrink, TestNode.File, 0, long.MaxValue), limit, peer => _node.Alive.ContainsKey(peer));
    }
}
