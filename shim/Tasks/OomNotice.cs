using System;
using System.Threading;

namespace KataShimNet.Shim.Tasks;

/// <summary>
/// When it is told that a container ran out of memory. The agent's reports come by a way of their own, and may overtake the answer to the start or
/// come after the exit: containerd is to hear of it after the start, before the exit, and not twice of the end. Of any thread.
/// </summary>
/// <param name="publish">Publishes it; called under the lock, so that nothing can come between.</param>
internal sealed class OomNotice(Action publish)
{
    private readonly Lock _lock = new();
    private bool _started;
    private bool _ended;
    private bool _waiting;
    private bool _told;

    /// <summary>The agent reports that a process of the container was killed.</summary>
    public void Report()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            if (_started)
                Tell();
            else
                _waiting = true;
        }
    }

    /// <summary>The start was published.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _started = true;
            if (_waiting)
                Tell();
        }
    }

    /// <summary>The container has ended, and that is about to be published: what is reported later is dropped.</summary>
    /// <param name="ranOut">Whether the guest says that the kernel killed a process of it.</param>
    public void End(bool ranOut)
    {
        lock (_lock)
        {
            _ended = true;
            if (ranOut && !_told)
                Tell();
        }
    }

    private void Tell()
    {
        _told = true;
        publish();
    }
}
