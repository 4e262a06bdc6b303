using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Rings;

/// <summary>The thread of a running queue: takes requests, has them handled, gives them back, and sleeps when there are none.</summary>
internal sealed class QueueThread : IDisposable
{
    // Enough for a processor that keeps its segment lists on the stack; only what is touched costs memory.
    private const int StackBytes = 512 * 1024;

    // The guest hears of finished requests at the latest after so long, while the thread goes on with others that wait.
    private static readonly long s_tellAfter = Stopwatch.Frequency / 20_000;

    private readonly RequestQueue _queue;
    private readonly AvailableSide _ring;
    private readonly QueueFds _fds;
    private readonly MemoryMap _memory;
    private readonly IFileSystemServer _server;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly IdlePoll _poll = new();

    // Wakes the thread when one of the next two has changed.
    private readonly EventFd _attention = new();
    private volatile bool _stop;
    private volatile bool _enabled;

    // Of the thread alone: it has given up the ring.
    private bool _broken;

    // Of the thread alone: what is to be done again.
    private readonly Queue<ushort> _replay;

    // Who comes second closes the descriptors: the thread that ends, or whoever stopped it.
    private int _over;

    private QueueThread(
        RequestQueue queue, AvailableSide ring, Queue<ushort> replay, QueueFds fds, MemoryMap memory, IFileSystemServer server, bool enabled, ILogger logger)
    {
        _queue = queue;
        _ring = ring;
        _replay = replay;
        _fds = fds;
        _memory = memory;
        _server = server;
        _logger = logger;
        _enabled = enabled;
        _thread = new Thread(Run, StackBytes) { Name = $"queue-{queue.Index}", IsBackground = true };
    }

    /// <summary>Starts the thread of a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="ring">Where it takes requests from.</param>
    /// <param name="replay">Requests in flight that a worker which died has left, to be done first.</param>
    /// <param name="fds">Its descriptors; owned by the thread from here on.</param>
    /// <param name="memory">Guest memory.</param>
    /// <param name="server">Who handles requests.</param>
    /// <param name="enabled">Whether it is on.</param>
    /// <param name="logger">Log.</param>
    public static QueueThread Start(
        RequestQueue queue, AvailableSide ring, Queue<ushort> replay, QueueFds fds, MemoryMap memory, IFileSystemServer server, bool enabled, ILogger logger)
    {
        var thread = new QueueThread(queue, ring, replay, fds, memory, server, enabled, logger);
        thread._thread.Start();
        return thread;
    }

    /// <summary>Turns the queue on or off.</summary>
    /// <param name="enabled">On.</param>
    public void Enable(bool enabled)
    {
        _enabled = enabled;
        _attention.Signal();
    }

    /// <summary>Ends the thread once the request in hand is done.</summary>
    /// <param name="limit">How long that may take: a request that hangs longer stays in flight and is given back late.</param>
    /// <param name="ended">Whether it has ended.</param>
    /// <returns>Where the next request is to be taken.</returns>
    public uint Stop(TimeSpan limit, out bool ended)
    {
        _stop = true;
        _attention.Signal();
        ended = _thread.Join(limit);
        if (!ended)
            QueueLog.Hanging(_logger, _queue.Index);
        return _ring.Position;
    }

    /// <summary>Closes its descriptors once it has ended. It was stopped.</summary>
    public void Dispose()
    {
        if (Interlocked.Increment(ref _over) < 2)
            return;
        _attention.Dispose();
        _fds.Dispose();
    }

    private void Run()
    {
        var reader = _memory.AddReader();
        var processor = CreateProcessor();
        var chain = _queue.Rent();
        try
        {
            while (!_stop)
            {
                if (processor is not null)
                    Serve(reader, processor, ref chain);
                if (!_stop)
                    Sleep();
            }
        }
        finally
        {
            _memory.RemoveReader(reader);
            _queue.Return(chain);
            (processor as IDisposable)?.Dispose();
            Dispose();
        }
    }

    private IRequestProcessor? CreateProcessor()
    {
        try
        {
            // Umask and working directory are this thread's own from here on; credentials are by nature (setfsuid(2)).
            LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
            _ = SysStat.umask(0);
            return _server.CreateProcessor();
        }
        catch (LinuxException e)
        {
            QueueLog.NoProcessor(_logger, e, _queue.Index);
            _broken = true;
            _fds.Error?.Signal();
            return null;
        }
    }

    // Returns when there is nothing to do and the guest will wake us, or when the queue is to stop.
    private void Serve(MemoryReader reader, IRequestProcessor processor, ref DescriptorChain chain)
    {
        while (!_stop && _enabled && !_broken)
        {
            if (ServeWaiting(reader, processor, ref chain))
                _poll.Worked();
            var table = reader.Enter();
            var idle = !_broken && !_poll.Wait(_ring, table) && _ring.TryArm(table);
            reader.Leave();
            if (idle)
                return;
        }
    }

    private bool ServeWaiting(MemoryReader reader, IRequestProcessor processor, ref DescriptorChain chain)
    {
        var worked = false;
        var tellAt = 0L;
        // The end of one request is the beginning of the next: the clock is read once for each.
        var now = 0L;
        while (!_stop && _enabled)
        {
            var table = reader.Enter();
            try
            {
                var result = _replay.Count > 0 ? Retake(table, chain) : _queue.TryTake(_ring, table, chain);
                if (result == TakeResult.Request)
                    now = Handle(table, processor, ref chain, now);
                else if (result == TakeResult.Malformed)
                    GiveBackUnread(table, chain);
                else if (result == TakeResult.Broken)
                    GiveUp();
                if (result is TakeResult.Empty or TakeResult.Broken)
                {
                    if (worked)
                        _queue.Interrupt(table);
                    return worked;
                }

                if (result != TakeResult.Request)
                    now = Stopwatch.GetTimestamp();
                if (!worked)
                {
                    worked = true;
                    _ring.Disarm(table);
                    tellAt = now + s_tellAfter;
                }
                else if (now >= tellAt)
                {
                    _queue.Interrupt(table);
                    tellAt = now + s_tellAfter;
                }
            }
            finally
            {
                reader.Leave();
            }
        }

        return TellBeforeStop(reader, worked);
    }

    private TakeResult Retake(MemoryTable table, DescriptorChain chain)
    {
        var slot = _replay.Dequeue();
        _queue.Mark(chain, slot);
        return _ring.Retake(table, slot, chain);
    }

    private bool TellBeforeStop(MemoryReader reader, bool worked)
    {
        _queue.Interrupt(reader.Enter());
        reader.Leave();
        return worked;
    }

    // Returns when it was through; began is 0 for the first of several.
    private long Handle(MemoryTable table, IRequestProcessor processor, ref DescriptorChain chain, long began)
    {
        int written;
        chain.Tally.Began = began != 0 ? began : Stopwatch.GetTimestamp();
        chain.Tally.Ended = 0;
        try
        {
            written = processor.Process(chain);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A processor does not throw for what a guest sent: this is a defect of ours, and one request must not end the others.
            QueueLog.ProcessorFailed(_logger, e, _queue.Index);
            written = 0;
        }

        if (written != IRequestProcessor.Deferred)
        {
            var ended = chain.Tally.Ended;
            _queue.Put(table, chain, (uint)written);
            return ended != 0 ? ended : Stopwatch.GetTimestamp();
        }

        // Before anybody else may give it back: requests are taken under the queue's lock as long as that can happen.
        _queue.Deferring(chain);
        // Held before anybody else may give it back: what it points to stays mapped until then.
        table.AddReference();
        chain.Held = table;
        if (Interlocked.CompareExchange(ref chain.Turn, ChainTurn.Deferred, ChainTurn.QueueThread) == ChainTurn.QueueThread)
        {
            chain = _queue.Rent();
            return Stopwatch.GetTimestamp();
        }

        chain.Held = null;
        table.Release();
        chain.Turn = ChainTurn.QueueThread;
        _queue.PutDeferred(table, chain, chain.Written);
        return Stopwatch.GetTimestamp();
    }

    private void GiveBackUnread(MemoryTable table, DescriptorChain chain)
    {
        _queue.ReportMalformed(_ring.Fault, chain.Head);
        _queue.Put(table, chain, 0);
    }

    private void GiveUp()
    {
        _broken = true;
        QueueLog.Broken(_logger, _queue.Index, _ring.Fault, _ring.Position);
        _fds.Error?.Signal();
    }

    private unsafe void Sleep()
    {
        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = _attention.Fd, Events = Poll.POLLIN };
        // A queue that is off, or broken, does not listen: kicks would wake it for nothing.
        fds[1] = new PollFd { Fd = _enabled && !_broken ? _fds.Kick.Fd : -1, Events = Poll.POLLIN };
        if (Poll.poll(fds, 2, -1) < 0)
            return;
        if (fds[0].Revents != 0)
            _attention.Wait();
        if ((fds[1].Revents & Poll.POLLIN) != 0)
            _fds.Kick.Wait();
        else if (fds[1].Revents != 0)
            GiveUp();
    }
}
