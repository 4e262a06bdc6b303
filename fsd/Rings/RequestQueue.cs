using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Fsd.Rings.Inflight;
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
    private UsedSide? _used;
    private InflightRecords? _inflight;
    private EventFd? _call;
    // Grows when the ring begins anew: what is still deferred from before belongs to nobody.
    private int _incarnation;

    // Requests that another thread than the queue's may give back. Raised by the queue's thread before that can happen.
    private int _deferred;

    // The following are used by the device channel's thread alone.
    private uint _stoppedAt;
    private bool _wasStarted;
    private RingSetup _setup;

    // How long a request may keep its queue from stopping.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(2);

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

    /// <summary>Makes its records ready for a start.</summary>
    /// <remarks>
    /// What is in flight decides where it begins: a ring that is started where it would go on anyway goes on, one that is started elsewhere
    /// begins anew, and what was in flight is forgotten. This comes before the start, so that a start which its worker's death
    /// interrupted can be repeated with <c>resume</c>: by then requests may have been taken.
    /// </remarks>
    /// <param name="setup">The ring.</param>
    /// <param name="area">Memory of its in-flight records.</param>
    /// <param name="resume">Whether it goes on from its records, wherever its base says: nobody knows better than they.</param>
    /// <exception cref="LinuxException">EBUSY when it runs, EINVAL when the ring cannot be.</exception>
    public void Prepare(RingSetup setup, InflightArea area, bool resume)
    {
        var table = _memory.Hold();
        try
        {
            lock (_lock)
                RecoverLocked(ref setup, table, area, resume);
        }
        finally
        {
            table.Release();
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="setup">The ring.</param>
    /// <param name="area">Memory of its in-flight records.</param>
    /// <param name="resume">As for <see cref="Prepare"/>.</param>
    /// <param name="kick">Wakes us; owned by the queue from here on.</param>
    /// <param name="call">Interrupts the guest, or null; owned by the queue from here on.</param>
    /// <param name="error">Reports a broken ring, or null; owned by the queue from here on.</param>
    /// <param name="enabled">Whether it is on.</param>
    /// <returns>Requests that are done again.</returns>
    /// <exception cref="LinuxException">EBUSY when it runs, EINVAL when the ring cannot be.</exception>
    public int Start(RingSetup setup, InflightArea area, bool resume, EventFd kick, EventFd? call, EventFd? error, bool enabled)
    {
        using var owned = new QueueFds(kick, error);
        SetCall(call);
        Queue<ushort> replay;
        var table = _memory.Hold();
        try
        {
            lock (_lock)
                replay = StartLocked(ref setup, table, area, resume);
        }
        finally
        {
            table.Release();
        }

        _thread = QueueThread.Start(this, AvailableSide.Create(setup, _inflight!), replay, owned.Give(), _memory, _server, enabled, _logger);
        QueueLog.Started(_logger, Index, setup.Size, setup.Base, replay.Count, enabled);
        return replay.Count;
    }

    /// <summary>Stops it, once the request in hand is done. Deferred ones stay in flight.</summary>
    /// <returns>Where it goes on: a vring base.</returns>
    public uint Stop()
    {
        if (_thread is null)
            return _stoppedAt;
        var position = _thread.Stop(s_stopLimit, out var ended);
        _thread.Dispose();
        _thread = null;
        lock (_lock)
        {
            // What hangs is given back late, like a deferred request.
            if (!ended)
                _deferred++;
            _stoppedAt = position | (_setup.Packed ? _used!.Position : 0);
            _used = null;
        }

        QueueLog.Stopped(_logger, Index, _stoppedAt);
        return _stoppedAt;
    }

    /// <summary>Forgets what is in flight: the guest's driver begins anew. The queue is stopped.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _incarnation++;
            _deferred = 0;
            _late.Clear();
            _inflight?.Clear(0);
        }
    }

    /// <summary>Lets go of its in-flight records: their memory goes. The queue is stopped, and what is in flight is forgotten.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _incarnation++;
            _deferred = 0;
            _late.Clear();
            _inflight = null;
        }

        _wasStarted = false;
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
            chain.RingSize = (int)_setup.Size;
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

    /// <summary>Takes the next request. Of the queue's thread.</summary>
    /// <remarks>
    /// As long as another thread may give requests back, they are taken under the lock: the guest can offer a head again before the
    /// record of its last request is closed, and the two must not be mixed up.
    /// </remarks>
    /// <param name="ring">Where from.</param>
    /// <param name="table">Memory that the caller is inside of.</param>
    /// <param name="chain">Receives it.</param>
    public unsafe TakeResult TryTake(AvailableSide ring, MemoryTable table, DescriptorChain chain)
    {
        TakeResult result;
        if (Volatile.Read(ref _deferred) == 0)
        {
            result = ring.TryTake(table, chain);
        }
        else
        {
            lock (_lock)
                result = ring.TryTake(table, chain);
        }

        chain.SetMark(_inflight!.Mark(chain.Head));
        chain.IsReplayed = chain.IsPoisoned = false;
        return result;
    }

    /// <summary>Prepares a chain for a request that is done again. Of the queue's thread.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="slot">The request.</param>
    public unsafe void Mark(DescriptorChain chain, ushort slot)
    {
        chain.SetMark(_inflight!.Mark(slot));
        chain.NoteRunning();
        chain.IsReplayed = true;
        chain.IsPoisoned = _inflight.IsPoisoned(slot);
        if (chain.IsPoisoned)
            QueueLog.Poisoned(_logger, Index, slot);
    }

    /// <summary>A request is about to be given to another thread. Of the queue's thread.</summary>
    /// <param name="chain">The request.</param>
    public void Deferring(DescriptorChain chain)
    {
        chain.NoteDeferred();
        lock (_lock)
            _deferred++;
    }

    /// <summary>Gives a request back. The guest is not told yet.</summary>
    /// <param name="table">Memory that the caller is inside of.</param>
    /// <param name="chain">The request.</param>
    /// <param name="written">Bytes written.</param>
    public void Put(MemoryTable table, DescriptorChain chain, uint written)
    {
        lock (_lock)
            PutLocked(table, chain, written);
    }

    /// <summary>Gives a request back that <see cref="Deferring"/> was told of. The guest is not told yet.</summary>
    /// <inheritdoc cref="Put"/>
    public void PutDeferred(MemoryTable table, DescriptorChain chain, uint written)
    {
        lock (_lock)
        {
            if (PutLocked(table, chain, written))
                _deferred--;
        }
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
            if (PutLocked(table, chain, written))
            {
                _deferred--;
                InterruptLocked(table);
            }

            chain.Held?.Release();
            chain.Held = null;
            _pool.Push(chain);
        }

        table.Release();
    }

    // Whether it is in the ring now: a stopped queue gives it back when it goes on, and one that began anew never.
    private bool PutLocked(MemoryTable table, DescriptorChain chain, uint written)
    {
        if (chain.Incarnation != _incarnation)
            return false;
        if (_used is not null)
            return _used.TryPut(table, chain.Head, written);
        _late.Add((chain.Head, written));
        return false;
    }

    private (InflightRecords Records, UsedSide Used) RecoverLocked(ref RingSetup setup, MemoryTable table, InflightArea area, bool resume)
    {
        setup.Validate();
        if (_thread is not null)
            throw new LinuxException(Errno.EBUSY, "queue", $"{Index} runs already");
        var inflight = InflightRecords.Create(area.Part(Index, setup), setup.Packed);
        var used = UsedSide.Create(setup, inflight);
        if (!used.TryBind(table) || !AvailableSide.Create(setup, inflight).TryBind(table))
            throw new LinuxException(Errno.EINVAL, "queue", $"the ring of queue {Index} is not in guest memory");
        var position = inflight.Recover(used, setup.Base);
        if (resume)
        {
            setup = setup with { Base = position };
        }
        else if (position != setup.Base || (_wasStarted && (setup.Base != _stoppedAt || setup != _setup with { Base = setup.Base })))
        {
            // Where it was stopped is known here better than from the used ring, which a guest that begins anew has zeroed: what waits
            // must not be given back into that one's ring.
            inflight.Clear(setup.Base);
            _incarnation++;
            _deferred = 0;
            _late.Clear();
        }

        _inflight = inflight;
        _setup = setup;
        return (inflight, used);
    }

    private Queue<ushort> StartLocked(ref RingSetup setup, MemoryTable table, InflightArea area, bool resume)
    {
        var (inflight, used) = RecoverLocked(ref setup, table, area, resume);
        // What is in flight from an earlier start in this process is held by those who will give it back.
        var replay = inflight.Replay(countDeaths: !_wasStarted);
        if (_wasStarted)
            replay.Clear();
        used.Begin(resumed: replay.Count > 0 || (resume && !_wasStarted));
        _used = used;
        _wasStarted = true;
        foreach (var (head, written) in _late)
            used.TryPut(table, head, written);
        _deferred -= _late.Count;
        _late.Clear();
        InterruptLocked(table);
        return replay;
    }

    private void InterruptLocked(MemoryTable table)
    {
        if (_used is not null && _used.MustInterrupt(table))
            _call?.Signal();
    }
}
