using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Streams;

/// <summary>Waits for any number of non-blocking descriptors on one thread (epoll(7)), so that a silent stream costs no thread.</summary>
internal sealed class FdPoller
{
    private const int Batch = 64;

    private readonly OwnedFd _epoll = OwnedFd.FromCall(SysEpoll.epoll_create1(SysEpoll.EPOLL_CLOEXEC), "epoll_create1");
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> _waiters = new();
    private long _lastId;

    /// <summary>Starts the thread.</summary>
    public FdPoller() => new Thread(Loop, 128 * 1024) { IsBackground = true, Name = "poller" }.Start();

    /// <summary>Waits until a descriptor is ready, has hung up or failed: the caller's next call finds out which.</summary>
    /// <param name="fd">The descriptor; stays open until the wait has ended. One wait at a time per descriptor.</param>
    /// <param name="events">EPOLLIN or EPOLLOUT.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task WaitAsync(OwnedFd fd, uint events, CancellationToken cancel)
    {
        var id = (ulong)Interlocked.Increment(ref _lastId);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters[id] = ready;
        try
        {
            Control(SysEpoll.EPOLL_CTL_ADD, fd, events | SysEpoll.EPOLLONESHOT, id);
            try
            {
                await ready.Task.WaitAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                Control(SysEpoll.EPOLL_CTL_DEL, fd, 0, 0);
            }
        }
        finally
        {
            _waiters.TryRemove(id, out _);
        }
    }

    private unsafe void Control(int operation, OwnedFd fd, uint events, ulong id)
    {
        var @event = new EpollEvent { Events = events, Data = id };
        LinuxException.Check(SysEpoll.epoll_ctl(_epoll.Fd, operation, fd.Fd, &@event), "epoll_ctl");
    }

    private unsafe void Loop()
    {
        var events = stackalloc EpollEvent[Batch];
        while (true)
        {
            var count = SysEpoll.epoll_wait(_epoll.Fd, events, Batch, -1);
            for (var i = 0; i < count; i++)
            {
                if (_waiters.TryGetValue(events[i].Data, out var waiter))
                    waiter.TrySetResult();
            }
        }
    }
}
