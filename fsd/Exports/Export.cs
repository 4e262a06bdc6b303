using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Exports;

/// <summary>One shared tree, or one shared file: its root, its policy, and the count of descriptors that keep it busy.</summary>
internal sealed class Export
{
    // Pulsed when the last descriptor is closed.
    private readonly object _idle = new();
    private int _live = 1;
    private volatile bool _removed;

    /// <summary>Makes an export that is not yet listed anywhere.</summary>
    /// <param name="index">Its place in the table, which inode and handle slots refer to.</param>
    /// <param name="cookie">Its directory offset in the synthetic root: never used twice.</param>
    /// <param name="name">Its name, without a NUL.</param>
    /// <param name="policy">How it is served.</param>
    /// <param name="root">Its root. Owned by the export.</param>
    public Export(int index, long cookie, byte[] name, ServingPolicy policy, OwnedFd root)
    {
        Index = index;
        Cookie = cookie;
        Name = name;
        Policy = policy;
        Root = root;
    }

    /// <summary>Its place in the table.</summary>
    public int Index { get; }

    /// <summary>Its directory offset in the synthetic root.</summary>
    public long Cookie { get; }

    /// <summary>Its name below the synthetic root; empty for the one served directory.</summary>
    public byte[] Name { get; }

    /// <summary>How it is served. Does not change once the export is listed.</summary>
    public ServingPolicy Policy { get; set; }

    /// <summary>Its root.</summary>
    public OwnedFd Root { get; }

    /// <summary>Node id of its root, set once before the export is listed.</summary>
    public ulong RootNodeId { get; set; }

    /// <summary>Whether it is a file rather than a directory.</summary>
    public bool IsFile { get; set; }

    /// <summary>Whether it was removed: nothing of it may be added to a table any more. Read under the table's lock.</summary>
    public bool IsRemoved => _removed;

    /// <summary>Counts a descriptor that belongs to the export.</summary>
    public void Enter() => Interlocked.Increment(ref _live);

    /// <summary>Counts it off, after it was closed.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _live) > 0)
            return;
        lock (_idle)
            Monitor.PulseAll(_idle);
    }

    /// <summary>Marks it as removed. The caller then sweeps the tables.</summary>
    public void MarkRemoved() => _removed = true;

    /// <summary>Waits until the last descriptor is closed, then closes the root.</summary>
    /// <param name="limit">How long requests in flight may take.</param>
    /// <returns>False when some request still holds a descriptor; the root is closed all the same.</returns>
    public bool Close(TimeSpan limit)
    {
        Root.Dispose();
        Leave();
        var start = Stopwatch.GetTimestamp();
        lock (_idle)
        {
            while (Volatile.Read(ref _live) > 0)
            {
                var left = limit - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_idle, left))
                    return Volatile.Read(ref _live) == 0;
            }
        }

        return true;
    }
}
