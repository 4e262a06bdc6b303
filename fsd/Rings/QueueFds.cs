using System;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Rings;

/// <summary>The descriptors that a queue's thread uses, on their way to it: closed when they do not arrive.</summary>
/// <param name="kick">Wakes the thread.</param>
/// <param name="error">Reports a broken ring, or null.</param>
internal sealed class QueueFds(EventFd kick, EventFd? error) : IDisposable
{
    private bool _given;

    /// <summary>Wakes the thread.</summary>
    public EventFd Kick { get; } = kick;

    /// <summary>Reports a broken ring, or null.</summary>
    public EventFd? Error { get; } = error;

    /// <summary>A second owner; this one lets go.</summary>
    public QueueFds Give()
    {
        _given = true;
        return new QueueFds(Kick, Error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_given)
            return;
        Kick.Dispose();
        Error?.Dispose();
    }
}
