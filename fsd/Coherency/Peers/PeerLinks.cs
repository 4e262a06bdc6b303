using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>The daemons that we can ask: one link to each, made when either of the two started.</summary>
internal sealed class PeerLinks : IDisposable
{
    private const int LookAgainMilliseconds = 100;

    // Guards the dictionary; pulsed when a link is added.
    private readonly object _gate = new();
    private readonly Dictionary<int, PeerLink> _links = [];

    /// <summary>Adds a link. That of an earlier daemon with the same slot goes; a second one to the same daemon is not needed.</summary>
    /// <param name="link">The link; owned from here on.</param>
    public void Add(PeerLink link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(link.Peer.Slot, out var old))
            {
                if (old.Peer == link.Peer)
                {
                    link.Dispose();
                    return;
                }

                Retire(old);
            }

            _links[link.Peer.Slot] = link;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Links that there are, to be watched for their end.</summary>
    public IReadOnlyList<PeerLink> Snapshot()
    {
        lock (_gate)
            return [.. _links.Values];
    }

    /// <summary>Lets go of a link whose peer has ended.</summary>
    /// <param name="link">The link.</param>
    public void Remove(PeerLink link)
    {
        lock (_gate)
        {
            if (_links.TryGetValue(link.Peer.Slot, out var current) && ReferenceEquals(current, link))
                _links.Remove(link.Peer.Slot);
        }

        Retire(link);
    }

    /// <summary>Asks daemons the same and waits for all answers. Who has ended has nothing mapped any more: that counts as done.</summary>
    /// <remarks>One that cannot be asked is no reason not to ask the others: those to which there is a link are asked first.</remarks>
    /// <param name="peers">Who is asked.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="limit">How long all of it may take.</param>
    /// <param name="isAlive">Whether a daemon that there is no link to lives: its link is on its way then.</param>
    /// <returns>None when all have done it; ETIMEDOUT when one that lives did not answer; else an error that one of them had.</returns>
    public Errno Ask(IEnumerable<PeerId> peers, in PeerRequest request, TimeSpan limit, Func<PeerId, bool> isAlive)
    {
        var end = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        var result = Errno.None;
        foreach (var group in peers.OrderBy(p => p.Slot).GroupBy(HasLink).OrderByDescending(group => group.Key))
        {
            var error = Ask(group, request, end, isAlive);
            if (error != Errno.None)
                result = error;
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var link in _links.Values)
                Retire(link);
            _links.Clear();
        }
    }

    private bool HasLink(PeerId peer)
    {
        lock (_gate)
            return _links.TryGetValue(peer.Slot, out var link) && link.Peer == peer;
    }

    private Errno Ask(IEnumerable<PeerId> peers, in PeerRequest request, long end, Func<PeerId, bool> isAlive)
    {
        var result = Errno.None;
        var taken = new List<PeerLink>();
        try
        {
            foreach (var peer in peers)
            {
                var missing = Take(peer, end, isAlive, taken);
                if (missing != Errno.None)
                    result = missing;
            }

            var error = Exchange(taken, request, end);
            return error != Errno.None ? error : result;
        }
        finally
        {
            foreach (var link in taken)
                Monitor.Exit(link.Gate);
        }
    }

    private Errno Take(PeerId peer, long end, Func<PeerId, bool> isAlive, List<PeerLink> taken)
    {
        PeerLink? link;
        lock (_gate)
        {
            while (!_links.TryGetValue(peer.Slot, out link) || link.Peer != peer)
            {
                if (!isAlive(peer))
                    return Errno.None;
                // Its connections end before its last process does, which wakes nobody.
                if (Left(end) == 0)
                    return Errno.ETIMEDOUT;
                Monitor.Wait(_gate, Math.Min(Left(end), LookAgainMilliseconds));
            }
        }

        if (!Monitor.TryEnter(link.Gate, Left(end)))
            return Errno.ETIMEDOUT;
        taken.Add(link);
        return Errno.None;
    }

    private static unsafe Errno Exchange(List<PeerLink> links, in PeerRequest request, long end)
    {
        var result = Errno.None;
        var open = new List<PeerLink>(links);
        var asked = new HashSet<PeerLink>();
        var fds = new PollFd[open.Count];
        while (true)
        {
            foreach (var link in open)
            {
                // An answer to a request that was given up comes first.
                if (!link.Awaits && !link.IsClosed && asked.Add(link))
                    link.Send(request);
            }

            open.RemoveAll(link => link.IsClosed);
            if (open.Count == 0)
                return result;
            for (var i = 0; i < open.Count; i++)
                fds[i] = new PollFd { Fd = open[i].Fd, Events = Poll.POLLIN };
            int ready;
            fixed (PollFd* array = fds)
                ready = Poll.poll(array, (nuint)open.Count, Left(end));
            if (ready == 0)
                return Errno.ETIMEDOUT;
            for (var i = open.Count - 1; i >= 0 && ready > 0; i--)
            {
                if (fds[i].Revents == 0)
                    continue;
                var link = open[i];
                var received = link.TryReceive(out var error);
                if (link.IsBroken)
                    error = Errno.EPROTO;
                if (error != Errno.None && (asked.Contains(link) || link.IsBroken))
                    result = error;
                if (!received || asked.Contains(link))
                    open.RemoveAt(i);
            }
        }
    }

    private static int Left(long end) => (int)Math.Clamp((end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency, 0, int.MaxValue);

    // Whoever uses it at the moment goes on to use it; the descriptor is closed by the collector then.
    private static void Retire(PeerLink link)
    {
        if (!Monitor.TryEnter(link.Gate))
            return;
        link.Dispose();
        Monitor.Exit(link.Gate);
    }
}
