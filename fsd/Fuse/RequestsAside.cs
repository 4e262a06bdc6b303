using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// Requests that have to wait for other daemons of the node or for the leases of their guests, and are begun anew by threads that may. They start
/// with the first such request; the number of waiting ones is bounded by the size of the rings.
/// </summary>
/// <param name="server">The server; not owned.</param>
internal sealed class RequestsAside(FuseServer server) : IDisposable
{
    /// <summary>Threads, and so changes that can wait for other daemons at once.</summary>
    public const int MaxThreads = 2;

    private const int StackBytes = 512 * 1024;

    // Guards all fields; pulsed when a request comes and at the end.
    private readonly object _lock = new();
    private readonly PriorityQueue<DescriptorChain, (long Until, long Turn)> _waiting = new();
    private readonly List<Thread> _threads = [];
    private int _idle;
    private bool _ended;
    private long _turn;
    private long _parked;

    /// <summary>Requests that had to wait for leases, since the start.</summary>
    public long Parked => Interlocked.Read(ref _parked);

    /// <summary>Takes a request, of which nothing was done that cannot be done twice.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="until">Before when it need not be begun anew (<see cref="BootClock"/>): leases run until then; 0 for at once.</param>
    /// <returns><see cref="IRequestProcessor.Deferred"/>.</returns>
    public int Take(DescriptorChain chain, long until = 0)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended && until == 0, this);
            _waiting.Enqueue(chain, (until, _turn++));
            if (until != 0)
                _parked++;
            if (_idle == 0 && _threads.Count < MaxThreads)
            {
                var thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "aside" };
                _threads.Add(thread);
                thread.Start();
            }

            Monitor.Pulse(_lock);
        }

        return IRequestProcessor.Deferred;
    }

    /// <summary>Ends the threads after all requests are done but those that still wait for leases: these are never done.</summary>
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
        // The processor's working directory and umask are its own.
        LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
        using var processor = server.CreatePatientProcessor();
        while (Next() is { } chain)
        {
            chain.NoteRunning();
            var written = processor.Process(chain);
            if (written != IRequestProcessor.Deferred)
                chain.Complete((uint)written);
        }
    }

    private DescriptorChain? Next()
    {
        lock (_lock)
        {
            _idle++;
            var chain = WaitForNext();
            _idle--;
            // Another thread may sleep without a limit, for it saw none of what is still here.
            if (_waiting.Count > 0)
                Monitor.Pulse(_lock);
            return chain;
        }
    }

    private DescriptorChain? WaitForNext()
    {
        while (true)
        {
            var left = 0L;
            if (_waiting.TryPeek(out _, out var priority))
                left = priority.Until == 0 ? 0 : priority.Until - BootClock.Now;
            else if (_ended)
                return null;
            else
                left = long.MaxValue;
            if (left <= 0)
                return _waiting.Dequeue();
            if (_ended)
                return null;
            if (left == long.MaxValue)
                Monitor.Wait(_lock);
            else
                Monitor.Wait(_lock, (int)Math.Min(int.MaxValue, (left / BootClock.Millisecond) + 1));
        }
    }
}
