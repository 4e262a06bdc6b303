using System;
using System.Threading.Channels;

namespace KataShimNet.Monitor.Watching;

/// <summary>What one caller is told.</summary>
/// <param name="end">Called once, at the end.</param>
internal sealed class WatchSubscription(Action<WatchSubscription> end) : IDisposable
{
    // More than a node has sandboxes, so that who reads at all is never too slow.
    private readonly Channel<SandboxChange> _changes = Channel.CreateBounded<SandboxChange>(10_000);

    /// <summary>The changes; ends with <see cref="TooSlowException"/> when nobody reads them.</summary>
    public ChannelReader<SandboxChange> Changes => _changes.Reader;

    /// <summary>Tells a change.</summary>
    public void Tell(SandboxChange change)
    {
        if (!_changes.Writer.TryWrite(change))
            _changes.Writer.TryComplete(new TooSlowException());
    }

    /// <summary>No more will come.</summary>
    public void Complete() => _changes.Writer.TryComplete();

    /// <inheritdoc/>
    public void Dispose() => end(this);
}
