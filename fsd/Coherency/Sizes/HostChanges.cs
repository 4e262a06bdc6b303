using System;
using System.Collections.Generic;
using System.Threading;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>
/// Has our guest ask for the size of a file that it has open when a process of the host has made it longer or shorter: nobody announces that, so the
/// files are watched. In the worker; one thread, which starts with the first such file.
/// </summary>
/// <remarks>
/// Events of the guest's own writes, and of those that other daemons tell of, come as well. So the sizes that the guest knows are kept
/// (<see cref="KnownSizes"/>), and only a file that has another one a millisecond later is asked for. All that happens within a
/// millisecond is looked at together: that is what many writes cost, however many they are.
/// </remarks>
internal sealed unsafe class HostChanges : IDisposable
{
    private const int StackBytes = 256 * 1024;

    // Until then the guest's own write is known, and another daemon's news is on its way.
    private const int PauseMilliseconds = 1;

    private readonly FileWatches _watches;
    private readonly ChannelClient _keeper;
    private readonly EventFd _wake = new();

    // Guards what follows.
    private readonly Lock _lock = new();
    private List<(ulong Node, int Bucket, int Opens)> _news = [];
    private bool _idle;
    private bool _ended;
    private Thread? _thread;
    private FuseServer? _server;

    // Of the thread alone.
    private readonly Dictionary<ulong, WatchedFile> _files = [];
    private readonly Action<WatchedFile> _note;
    private List<WatchedFile> _dirty = [];
    private List<WatchedFile> _looked = [];
    private List<(ulong Node, int Bucket, int Opens)> _taken = [];

    /// <summary>Takes ownership of its parts; <see cref="Use"/> has to follow.</summary>
    /// <param name="watches">The watches.</param>
    /// <param name="keeper">A channel of its own to the keeper, which has the guest asked.</param>
    public HostChanges(FileWatches watches, OwnedFd keeper)
    {
        _watches = watches;
        _keeper = new ChannelClient(keeper);
        _note = Note;
    }

    /// <summary>What our guest knows.</summary>
    public KnownSizes Known { get; } = new();

    /// <summary>Sets whose files they are.</summary>
    /// <param name="server">The server; not owned.</param>
    public void Use(FuseServer server) => _server = server;

    /// <summary>Our guest opens a file, and is not told so yet.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="bucket">Its place among the open files.</param>
    public void Opened(ulong node, int bucket)
    {
        Known.Hold(node);
        Post(node, bucket, 1);
    }

    /// <summary>Our guest has closed it.</summary>
    /// <param name="node">The node id.</param>
    /// <param name="bucket">Its place among the open files.</param>
    public void Closed(ulong node, int bucket) => Post(node, bucket, -1);

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
            _ended = true;
        _wake.Signal();
        _thread?.Join();
        _watches.Dispose();
        _keeper.Dispose();
        _wake.Dispose();
    }

    private void Post(ulong node, int bucket, int opens)
    {
        lock (_lock)
        {
            if (_ended)
                return;
            _news.Add((node, bucket, opens));
            // Under the lock: once the end is noted it may be closed.
            if (_idle)
                _wake.Signal();
            _idle = false;
            if (_thread is null)
            {
                _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "host-changes" };
                _thread.Start();
            }
        }
    }

    private void Run()
    {
        // A watch is made by a path: of a descriptor's entry in this directory.
        LinuxException.Check(Sched.unshare(Sched.CLONE_FS), "unshare");
        LinuxException.Check(Unistd.fchdir(_server!.ProcFd.Fd), "fchdir", "/proc/self/fd");
        while (TakeNews())
        {
            _watches.Read(_note);
            (_looked, _dirty) = (_dirty, _looked);
            foreach (var file in _looked)
            {
                file.IsDirty = false;
                if (file.Opens > 0 && !IsKnown(file))
                    Note(file);
            }

            _looked.Clear();
            // News and events of the pause wait until it is over.
            Wait(PauseMilliseconds);
            if (_dirty.Count == 0 && MayIdle())
                Wait(-1);
        }
    }

    private void Note(WatchedFile file)
    {
        if (file.IsDirty)
            return;
        file.IsDirty = true;
        _dirty.Add(file);
    }

    // False at the end.
    private bool TakeNews()
    {
        lock (_lock)
        {
            _idle = false;
            if (_ended)
                return false;
            (_taken, _news) = (_news, _taken);
        }

        foreach (var (node, bucket, opens) in _taken)
        {
            if (!_files.TryGetValue(node, out var file))
                _files.Add(node, file = new WatchedFile(node, bucket));
            file.Opens += opens;
        }

        // A file that was opened and closed meanwhile is not watched at all. One that is closed when its export goes may be told of before it is
        // told of as opened.
        foreach (var (node, _, _) in _taken)
        {
            if (!_files.TryGetValue(node, out var file))
                continue;
            if (file.Opens == 0)
            {
                _files.Remove(node);
                _watches.Remove(file);
                Known.Release(node);
            }
            else if (file.Opens > 0 && file.Watch < 0)
            {
                Watch(file);
            }
        }

        _taken.Clear();
        return true;
    }

    private void Watch(WatchedFile file)
    {
        using var pin = _server!.PinNode(file.Node, Errno.ESTALE);
        if (pin.Error != Errno.None)
            return;
        _watches.Add(file, pin.Fd);
        // It may have changed since the guest was told of its size.
        Note(file);
    }

    // True when there is nothing more to do about it.
    private bool IsKnown(WatchedFile file)
    {
        var known = Known.Read(file.Node);
        var error = SizeOf(file, out var size);
        if (error == Errno.ESTALE || (error == Errno.None && (KnownSizes.Says(known, file.Node, size) || Known.Knows(file.Node, size))))
        {
            file.Since = 0;
            return true;
        }

        if (error != Errno.None)
        {
            Ask(file.Bucket, 0);
            return true;
        }

        if (file.Since == 0)
        {
            (file.Since, file.Size, file.Known) = (BootClock.Now, size, known);
            return false;
        }

        Ask(file.Bucket, file.Since);
        Known.Confirm(file.Node, file.Known, file.Size);
        file.Since = 0;
        // It may have changed again, by an event that is taken already.
        return false;
    }

    private Errno SizeOf(WatchedFile file, out ulong size)
    {
        size = 0;
        using var pin = _server!.PinNode(file.Node, Errno.ESTALE);
        if (pin.Error != Errno.None)
            return pin.Error;
        Statx statx;
        if (HostFile.Stat(pin.Fd, &statx) < 0)
            return LinuxException.LastErrno;
        size = statx.Size;
        return Errno.None;
    }

    private void Ask(int bucket, long since)
    {
        try
        {
            _keeper.Call(ChannelOperation.TellOurGuest, (uint)bucket, (ulong)since);
        }
        catch (Exception e) when (e is LinuxException or WorkerDiedException)
        {
            // The keeper has said so in its log, or has ended and this process with it.
        }
    }

    private bool MayIdle()
    {
        lock (_lock)
            return _idle = _news.Count == 0 && !_ended;
    }

    // For as long as given: for its end alone; without a limit: for anything.
    private void Wait(int milliseconds)
    {
        var fds = stackalloc PollFd[]
        {
            new PollFd { Fd = _wake.Fd, Events = Poll.POLLIN },
            new PollFd { Fd = _watches.Fd, Events = Poll.POLLIN },
        };
        _ = Poll.poll(fds, milliseconds < 0 ? 2u : 1u, milliseconds);
        if ((fds[0].Revents & Poll.POLLIN) != 0)
            _ = _wake.Wait();
    }
}
