using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Rings;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The thread that asks for mappings, one after the other as the guest did: QEMU follows them one by one too. It starts with the
/// first. The number of waiting calls is bounded by the size of the rings.
/// </summary>
/// <param name="window">The window; owned.</param>
/// <param name="log">Log.</param>
internal sealed class MappingCalls(WindowClient window, FuseLog log) : IDisposable
{
    // Guards all fields; pulsed when a call is queued and at the end.
    private readonly object _lock = new();
    private readonly Queue<MappingCall> _calls = new();
    private readonly Stack<MappingCall> _pool = new();
    private Thread? _thread;
    private bool _ended;

    /// <summary>Takes an unused call object.</summary>
    public MappingCall Rent()
    {
        lock (_lock)
            return _pool.Count > 0 ? _pool.Pop() : new MappingCall();
    }

    /// <summary>Queues a call.</summary>
    /// <returns><see cref="IRequestProcessor.Deferred"/>.</returns>
    public int Start(MappingCall call)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _calls.Enqueue(call);
            if (_thread is null)
            {
                _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "mapping-calls" };
                _thread.Start();
            }

            Monitor.Pulse(_lock);
        }

        return IRequestProcessor.Deferred;
    }

    /// <summary>Removes all mappings, after what was asked for before: the guest's driver begins anew.</summary>
    public void Clear()
    {
        var call = Rent();
        call.RemovedCount = -1;
        Start(call);
    }

    /// <summary>Ends the thread after all queued calls are done.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }

        _thread?.Join();
        window.Dispose();
    }

    private void Run()
    {
        while (Take() is { } call)
        {
            call.Run(window, log);
            lock (_lock)
                _pool.Push(call);
        }
    }

    private MappingCall? Take()
    {
        lock (_lock)
        {
            while (_calls.Count == 0 && !_ended)
                Monitor.Wait(_lock);
            return _calls.Count > 0 ? _calls.Dequeue() : null;
        }
    }
}
