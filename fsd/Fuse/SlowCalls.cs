using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Rings;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// A few threads for calls that may block for long, so that no queue waits for a disk. They start with the first such call. The
/// number of waiting calls is bounded by the size of the rings.
/// </summary>
/// <param name="server">Whose they are.</param>
internal sealed class SlowCalls(FuseServer server) : IDisposable
{
    private const int MaxThreads = 4;

    // Guards all fields; pulsed when a call is queued and at the end.
    private readonly object _lock = new();
    private readonly List<Thread> _threads = [];
    private SlowCall? _first;
    private SlowCall? _last;
    private SlowCall? _pool;
    private int _idle;
    private bool _ended;

    /// <summary>Takes an unused call object.</summary>
    public SlowCall Rent()
    {
        lock (_lock)
        {
            var call = _pool;
            if (call is null)
                return new SlowCall();
            _pool = call.Next;
            call.Next = null;
            return call;
        }
    }

    /// <summary>Gives a call object back that was not started.</summary>
    public void Return(SlowCall call)
    {
        lock (_lock)
        {
            call.Next = _pool;
            _pool = call;
        }
    }

    /// <summary>Queues a call.</summary>
    /// <returns><see cref="IRequestProcessor.Deferred"/>.</returns>
    public int Start(SlowCall call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_last is null)
                _first = call;
            else
                _last.Next = call;
            _last = call;
            if (_idle == 0 && _threads.Count < MaxThreads)
            {
                var thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "slow-calls" };
                _threads.Add(thread);
                thread.Start();
            }

            Monitor.Pulse(_lock);
        }

        return IRequestProcessor.Deferred;
    }

    /// <summary>Ends the threads after all queued calls are done.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }

        foreach (var thread in _threads)
            thread.Join();
    }

    private void Run()
    {
        var credentials = new ThreadCredentials();
        while (Take() is { } call)
        {
            call.Run(credentials, server);
            lock (_lock)
            {
                call.Next = _pool;
                _pool = call;
            }
        }
    }

    private SlowCall? Take()
    {
        lock (_lock)
        {
            _idle++;
            while (_first is null && !_ended)
                Monitor.Wait(_lock);
            _idle--;
            var call = _first;
            if (call is not null)
            {
                _first = call.Next;
                if (_first is null)
                    _last = null;
                call.Next = null;
            }

            return call;
        }
    }
}
