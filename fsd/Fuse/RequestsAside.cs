using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Rings;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// Requests that have to wait for other daemons of the node, and are begun anew by threads that may. They start with the first such request; the
/// number of waiting ones is bounded by the size of the rings.
/// </summary>
/// <param name="server">The server; not owned.</param>
internal sealed class RequestsAside(FuseServer server) : IDisposable
{
    /// <summary>Threads, and so changes that can wait for other daemons at once.</summary>
    public const int MaxThreads = 2;

    private const int StackBytes = 512 * 1024;

    // Guards all fields; pulsed when a request comes and at the end.
    private readonly object _lock = new();
    private readonly Queue<DescriptorChain> _waiting = new();
    private readonly List<Thread> _threads = [];
    private int _idle;
    private bool _ended;

    /// <summary>Takes a request, of which nothing was done that cannot be done twice.</summary>
    /// <param name="chain">The request.</param>
    /// <returns><see cref="IRequestProcessor.Deferred"/>.</returns>
    public int Take(DescriptorChain chain)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _waiting.Enqueue(chain);
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

    /// <summary>Ends the threads after all requests are done.</summary>
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
            while (_waiting.Count == 0 && !_ended)
                Monitor.Wait(_lock);
            _idle--;
            return _waiting.TryDequeue(out var chain) ? chain : null;
        }
    }
}
