using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Rings;

/// <summary>
/// One virtqueue through all its starts and stops. Its thread (<see cref="QueueThread"/>) takes requests; they are given back here, by
/// that thread or by any other that completes a deferred one.
/// </summary>
internal sealed class RequestQueue : IDisposable
{
    // Guards all that follows. Taken inside of memory; nothing is waited for under it.
    private readonly Lock _lock = new();
    private readonly Stack<DescriptorChain> _pool = new();
    // Deferred requests that were completed while the queue was stopped: given back when it goes on where it stopped.
    private readonly List<(ushort Head, uint Written)> _late = [];
    private UsedRing? _used;
    private EventFd? _call;
    private ushort _stoppedAt;
    // Grows when the ring begins anew: what is still deferred from before belongs to nobody.
    private int _incarnation;

    private readonly MemoryMap _memory;
    private readonly IFileSystemServer _server;
    private readonly ILogger _logger;
    private readonly QueueFaultLog _faults;

    // Started and stopped by the device channel's thread alone.
    private QueueThread? _thread;

    /// <summary>Makes a queue that is stopped.</summary>
    /// <param name="index">Its number: 0 is for requests of high priority.</param>
    /// <param name="memory">Guest memory.</param>
    /// <param name="server">Who handles requests.</param>
    /// <param name="logger">Log.</param>
    public RequestQueue(int index, MemoryMap memory, IFileSystemServer server, ILogger logger)
    {
        Index = index;
        _memory = memory;
        _server = server;
        _logger = logger;
        _faults = new QueueFaultLog(index, logger);
    }

    /// <summary>Its number.</summary>
    public int Index { get; }

    /// <summary>Starts it.</summary>
    /// <param name="setup">The ring.</param>
    /// <param name="kick">Wakes us; owned by the queue from here on.</param>
    /// <param name="call">Interrupts the guest, or null; owned by the queue from here on.</param>
    /// <param name="error">Reports a broken ring, or null; owned by the queue from here on.</param>
    /// <param name="enabled">Whether it is on.</param>
    /// <exception cref="LinuxException">EBUSY when it runs, EINVAL when the ring cannot be.</exception>
    public void Start(in RingSetup setup, EventFd kick, EventFd? call, EventFd? error, bool enabled)
    {
        using var owned = new QueueFds(kick, error);
        SetCall(call);
        setup.Validate();
        if (_thread is not null)
            throw new LinuxException(Errno.EBUSY, "queue", $"{Index} runs already");
        var table = _memory.Hold();
        try
        {
            var used = new UsedRing(setup);
            if (!used.TryBind(table) || !new AvailableRing(setup).TryBind(table))
                throw new LinuxException(Errno.EINVAL, "queue", $"the ring of queue {Index} is not in guest memory");
            lock (_lock)
            {
                if (setup.Base != _stoppedAt)
                {
                    _incarnation++;
                    _late.Clear();
                }

                _used = used;
                foreach (var (head, written) in _late)
                    used.TryPut(table, head, written);
                _late.Clear();
                InterruptLocked(table);
            }
        }
        finally
        {
            table.Release();
        }

        _thread = QueueThread.Start(this, setup, owned.Give(), _memory, _server, enabled, _logger);
        QueueLog.Started(_logger, Index, setup.Size, setup.Base, enabled);
    }

    /// <summary>Stops it, once the request in hand is done. Deferred ones stay in flight.</summary>
    /// <returns>Next index to take.</returns>
    public ushort Stop()
    {
        if (_thread is null)
            return _stoppedAt;
        _stoppedAt = _thread.Stop();
        _thread.Dispose();
        _thread = null;
        lock (_lock)
            _used = null;
        QueueLog.Stopped(_logger, Index, _stoppedAt);
        return _stoppedAt;
    }

    /// <summary>Forgets what is in flight: the guest's driver begins anew. The queue is stopped.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _incarnation++;
            _late.Clear();
        }
    }

    /// <summary>Turns it on or off while it runs.</summary>
    /// <param name="enabled">On.</param>
    public void Enable(bool enabled) => _thread?.Enable(enabled);

    /// <summary>Sets the descriptor by which the guest is interrupted.</summary>
    /// <param name="call">The descriptor, owned by the queue from here on, or null.</param>
    public void SetCall(EventFd? call)
    {
        EventFd? old;
        lock (_lock)
        {
            old = _call;
            _call = call;
            // What was given back meanwhile may have been told to nobody.
            call?.Signal();
        }

        old?.Dispose();
    }

    /// <summary>Takes an empty chain from the pool.</summary>
    public DescriptorChain Rent()
    {
        lock (_lock)
        {
            var chain = _pool.Count > 0 ? _pool.Pop() : new DescriptorChain(Complete);
            chain.Turn = ChainTurn.QueueThread;
            chain.Incarnation = _incarnation;
            return chain;
        }
    }

    /// <summary>Puts a chain into the pool.</summary>
    /// <param name="chain">The chain; nobody uses it any more.</param>
    public void Return(DescriptorChain chain)
    {
        lock (_lock)
            _pool.Push(chain);
    }

    /// <summary>Gives a request back. The guest is not told yet.</summary>
    /// <param name="table">Memory that the caller is inside of.</param>
    /// <param name="head">Its head.</param>
    /// <param name="written">Bytes written.</param>
    public void Put(MemoryTable table, ushort head, uint written)
    {
        lock (_lock)
            _used?.TryPut(table, head, written);
    }

    /// <summary>Tells the guest, if it wants to know.</summary>
    /// <param name="table">Memory that the caller is inside of.</param>
    public void Interrupt(MemoryTable table)
    {
        lock (_lock)
            InterruptLocked(table);
    }

    /// <summary>Reports a malformed request; a guest cannot flood the log with it.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="head">The request.</param>
    public void ReportMalformed(RingFault fault, ushort head) => _faults.Malformed(fault, head);

    /// <summary>Ends the queue. What is still deferred is never given back.</summary>
    public void Dispose()
    {
        Stop();
        SetCall(null);
        lock (_lock)
        {
            _incarnation++;
            while (_pool.Count > 0)
                _pool.Pop().Dispose();
        }
    }

    // Of any thread: a deferred request is done.
    private void Complete(DescriptorChain chain, uint written)
    {
        chain.Written = written;
        if (Interlocked.CompareExchange(ref chain.Turn, ChainTurn.CompletedEarly, ChainTurn.QueueThread) == ChainTurn.QueueThread)
            return;
        var table = _memory.Hold();
        lock (_lock)
        {
            if (chain.Incarnation == _incarnation)
            {
                if (_used is null)
                {
                    _late.Add((chain.Head, written));
                }
                else
                {
                    _used.TryPut(table, chain.Head, written);
                    InterruptLocked(table);
                }
            }

            chain.Held?.Release();
            chain.Held = null;
            _pool.Push(chain);
        }

        table.Release();
    }

    private void InterruptLocked(MemoryTable table)
    {
        if (_used is not null && _used.MustInterrupt(table))
            _call?.Signal();
    }
}
