using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Linux;

/// <summary>Waits for descriptors that do not block, all of them in one thread (poll(2)), so that no stream holds a thread of its own.</summary>
public sealed class FdPoller : IDisposable
{
    // Signalled under _gate while the poller is not stopped, and closed after that: a number that is closed may be another's by the time it is written to.
    private readonly EventFd _wake = new();
    private readonly Lock _gate = new();
    private readonly List<Wait> _waits = []; // Guarded by _gate.
    private bool _started;                   // Guarded by _gate.
    private bool _stopping;                  // Guarded by _gate.

    /// <summary>Waits until a descriptor is ready, or in error.</summary>
    /// <param name="fd">The descriptor; not closed before the wait is over.</param>
    /// <param name="events">POLLIN or POLLOUT.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What poll(2) reports, POLLERR and POLLHUP included.</returns>
    public async Task<short> WaitAsync(OwnedFd fd, short events, CancellationToken cancel)
    {
        var wait = new Wait(fd, events);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _waits.Add(wait);
            if (!_started)
            {
                _started = true;
                new Thread(Loop, 128 * 1024) { IsBackground = true, Name = "fd-poller" }.Start();
            }

            _wake.Signal();
        }

        await using (cancel.Register(static state => ((Cancellation)state!).Run(), new Cancellation(this, wait, cancel)).ConfigureAwait(false))
            return await wait.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Ends the thread; waits under way end as cancelled.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _stopping = true;
            if (_started)
                _wake.Signal();
            else
                _wake.Dispose();
        }
    }

    private unsafe void Loop()
    {
        var polled = new List<Wait>();
        var fds = Array.Empty<PollFd>();
        while (true)
        {
            lock (_gate)
            {
                if (_stopping)
                    break;
                // A wait that is over leaves here: only this thread knows that poll no longer looks at its descriptor.
                Retire();
                polled.Clear();
                polled.AddRange(_waits);
            }

            if (fds.Length < polled.Count + 1)
                fds = new PollFd[Math.Max(8, polled.Count * 2)];
            fds[0] = new PollFd { Fd = _wake.Fd, Events = Poll.POLLIN };
            for (var i = 0; i < polled.Count; i++)
                fds[i + 1] = new PollFd { Fd = polled[i].Fd.Fd, Events = polled[i].Events };
            fixed (PollFd* array = fds)
            {
                if (Poll.poll(array, (nuint)polled.Count + 1, -1) < 0)
                    continue;
            }

            if (fds[0].Revents != 0)
                _wake.Wait();
            for (var i = 0; i < polled.Count; i++)
                polled[i].Ready |= fds[i + 1].Revents;
        }

        foreach (var wait in _waits)
            wait.Done.TrySetCanceled(CancellationToken.None);
        _wake.Dispose();
    }

    private void Retire()
    {
        for (var i = _waits.Count - 1; i >= 0; i--)
        {
            var wait = _waits[i];
            if (wait.Cancelled is { } cancel)
                wait.Done.TrySetCanceled(cancel);
            else if (wait.Ready != 0)
                wait.Done.TrySetResult(wait.Ready);
            else
                continue;
            _waits.RemoveAt(i);
        }
    }

    private sealed class Wait(OwnedFd fd, short events)
    {
        public OwnedFd Fd { get; } = fd;

        public short Events { get; } = events;

        public TaskCompletionSource<short> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Touched by the polling thread only.</summary>
        public short Ready { get; set; }

        /// <summary>Guarded by the poller's gate.</summary>
        public CancellationToken? Cancelled { get; set; }
    }

    private sealed record Cancellation(FdPoller Poller, Wait Wait, CancellationToken Token)
    {
        // The polling thread ends the wait, not this one: until it has, the descriptor must stay open.
        public void Run()
        {
            lock (Poller._gate)
            {
                if (Poller._stopping)
                    return;
                Wait.Cancelled = Token;
                Poller._wake.Signal();
            }
        }
    }
}
