using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using KataShimNet.Fsd.Coherency.Peers;
using KataShimNet.Fsd.Confinement;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Guard;

/// <summary>
/// Keeps the guest alive when processes of the host cut files that it maps: the kernel asks here before it opens, reads, writes or cuts such a
/// file (fanotify(7), events of the class pre-content), and waits until what goes is swapped for scratch memory. Lives in the keeper; when that ends
/// the kernel lets everybody go on.
/// </summary>
/// <remarks>
/// One thread answers all that is no cut, at once; it waits for nobody, for among those who wait for it are threads of this daemon that swap the
/// maps, and of others. Another one does the cuts.
/// </remarks>
internal sealed unsafe class TruncationGuard : IDisposable
{
    private const int StackBytes = 256 * 1024;

    // linux/capability.h
    private const int CapSysPtrace = 19;

    private const ulong Guarded = SysFanotify.FAN_OPEN_PERM | SysFanotify.FAN_PRE_ACCESS;

    // Until then a host process that was let go on has cut the file, or never will.
    private const long CutTakes = 4000;

    // Between two looks at one that may still be about to.
    private const long LookAgain = 5;

    private readonly OwnedFd _events;
    // Signalled once, at the end: closing the descriptor of events would not wake who reads it.
    private readonly EventFd _wake = new();
    private readonly FileCuts _cuts;
    private readonly ILogger _logger;

    // Guards what follows; pulsed when there is something to do for the thread of cuts.
    private readonly object _lock = new();
    private readonly Queue<(int Fd, int Thread, long End)> _asked = new();
    private readonly Dictionary<FileIdentity, Cut> _open = [];
    // Of the thread of cuts alone: those that wait until another's is over.
    private readonly Queue<(int Fd, int Thread, long End)> _postponed = new();
    private readonly HashSet<FileIdentity> _changed = [];
    private readonly HashSet<FileIdentity> _prepared = [];
    private bool _end;
    private int _refusals;
    private Thread? _answers;
    private Thread? _doesCuts;

    private TruncationGuard(OwnedFd events, FileCuts cuts, ILogger logger)
    {
        _events = events;
        _cuts = cuts;
        _logger = logger;
    }

    /// <summary>Makes the guard, before seccomp; <see cref="Start"/> has to follow.</summary>
    /// <param name="cuts">Has maps swapped.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="LinuxException">The kernel has no such events, or a right is missing.</exception>
    public static TruncationGuard Create(FileCuts cuts, ILogger logger)
    {
        var events = OwnedFd.FromCall(
            SysFanotify.fanotify_init(
                SysFanotify.FAN_CLOEXEC | SysFanotify.FAN_CLASS_PRE_CONTENT | SysFanotify.FAN_REPORT_TID, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC | Fcntl.O_LARGEFILE),
            "fanotify_init");
        if (ThreadCapabilities.Permitted().Has(CapSysPtrace))
            return new TruncationGuard(events, cuts, logger);
        events.Dispose();
        throw new LinuxException(Errno.EPERM, "guard", "it takes CAP_SYS_PTRACE to see what a process is about to do");
    }

    /// <summary>Begins to answer.</summary>
    public void Start()
    {
        _answers = new Thread(Answer, StackBytes) { IsBackground = true, Name = "guard" };
        _doesCuts = new Thread(DoCuts, StackBytes) { IsBackground = true, Name = "guard-cuts" };
        _answers.Start();
        _doesCuts.Start();
    }

    /// <summary>Guards a file from now on. To be called before it is mapped.</summary>
    /// <param name="file">A descriptor of it, not O_PATH.</param>
    /// <returns>False when its file system or the kernel cannot: that is said once.</returns>
    public bool Watch(int file)
    {
        if (Mark(file, SysFanotify.FAN_MARK_ADD, Guarded) == Errno.None)
            return true;
        if (Interlocked.Increment(ref _refusals) == 1)
            GuardLog.Unguarded(_logger);
        return false;
    }

    /// <summary>Guards a file no longer.</summary>
    /// <param name="file">A descriptor of it.</param>
    public void Unwatch(int file) => _ = Mark(file, SysFanotify.FAN_MARK_REMOVE, Guarded | SysFanotify.FAN_MODIFY);

    /// <inheritdoc/>
    /// <remarks>Waits for the cut that is being prepared, if any. Who waits for an answer is let go on by the kernel.</remarks>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_end)
                return;
            _end = true;
            Monitor.PulseAll(_lock);
        }

        _wake.Signal();
        _doesCuts?.Join();
        _answers?.Join();
        foreach (var cut in _open.Values)
            cut.File.Dispose();
        foreach (var (fd, _, _) in _postponed.Concat(_asked))
            _ = Unistd.close(fd);
        _events.Dispose();
        _wake.Dispose();
    }

    private static FileIdentity IdentityOf(int fd, out long size)
    {
        Statx statx;
        size = 0;
        if (HostFile.Stat(fd, &statx) < 0)
            return default;
        size = (long)statx.Size;
        return FileIdentity.Of(statx);
    }

    private Errno Mark(int file, uint flags, ulong mask)
    {
        // By way of /proc: without a path it would have to be a folder's.
        Span<byte> path = stackalloc byte[32];
        var length = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file}"), path);
        path[length] = 0;
        fixed (byte* bytes = path)
            return SysFanotify.fanotify_mark(_events.Fd, flags, mask, Fcntl.AT_FDCWD, bytes) < 0 ? LinuxException.LastErrno : Errno.None;
    }

    private void Answer()
    {
        var buffer = new byte[8192];
        while (AwaitEvents())
        {
            nint count;
            fixed (byte* bytes = buffer)
                count = Unistd.read(_events.Fd, bytes, (nuint)buffer.Length);
            if (count < 0 && LinuxException.LastErrno == Errno.EINTR)
                continue;
            if (count <= 0)
                return;
            for (var at = 0; at + FanotifyEvent.TotalSize <= count;)
            {
                var item = MemoryMarshal.Read<FanotifyEvent>(buffer.AsSpan(at));
                if (item.Length < FanotifyEvent.TotalSize || item.Version != FanotifyEvent.ExpectedVersion)
                    return;
                at += (int)item.Length;
                if (item.Fd >= 0)
                    Take(item);
            }
        }
    }

    // False at the end.
    private bool AwaitEvents()
    {
        var fds = stackalloc PollFd[] { new PollFd { Fd = _events.Fd, Events = Poll.POLLIN }, new PollFd { Fd = _wake.Fd, Events = Poll.POLLIN } };
        while (Poll.poll(fds, 2, -1) < 0)
        {
            if (LinuxException.LastErrno != Errno.EINTR)
                return false;
        }

        return fds[1].Revents == 0;
    }

    private void Take(in FanotifyEvent item)
    {
        if ((item.Mask & Guarded) == 0)
        {
            var changed = IdentityOf(item.Fd, out _);
            _ = Unistd.close(item.Fd);
            Post(() => _changed.Add(changed));
            return;
        }

        var file = IdentityOf(item.Fd, out var size);
        var end = ForeignCall.EndAfter(item.Pid, size);
        bool ours;
        lock (_lock)
            ours = _prepared.Contains(file);
        // What we have prepared for one process is put back when that one has cut the file: another has to wait its turn.
        if (end == ForeignCall.NoCut || (!ours && _cuts.IsPutAside(file, size, end)))
        {
            // Also what another daemon has prepared, and has done with preparing: until then guests reach what goes.
            Reply(item.Fd, SysFanotify.FAN_ALLOW);
            return;
        }

        var (fd, thread) = (item.Fd, item.Pid);
        Post(() => _asked.Enqueue((fd, thread, end)));
    }

    private void Post(Action action)
    {
        lock (_lock)
        {
            action();
            Monitor.Pulse(_lock);
        }
    }

    private void Reply(int fd, uint answer)
    {
        var response = new FanotifyResponse { Fd = fd, Response = answer };
        _ = Unistd.write(_events.Fd, &response, FanotifyResponse.TotalSize);
        _ = Unistd.close(fd);
    }

    private void DoCuts()
    {
        while (true)
        {
            (int Fd, int Thread, long End)? asked;
            FileIdentity[] changed;
            lock (_lock)
            {
                while (!_end && _asked.Count == 0 && _changed.Count == 0 && UntilNext() is var wait && wait != 0)
                    Monitor.Wait(_lock, wait);
                if (_end)
                    return;
                while (_postponed.TryDequeue(out var again))
                    _asked.Enqueue(again);
                asked = _asked.TryDequeue(out var first) ? first : null;
                changed = [.. _changed];
                _changed.Clear();
            }

            foreach (var file in changed)
                Settle(file);
            foreach (var file in Overdue())
                Settle(file);
            if (asked is { } cut)
                Begin(cut.Fd, cut.Thread, cut.End);
        }
    }

    private void Begin(int fd, int thread, long end)
    {
        var file = IdentityOf(fd, out var size);
        if (_open.TryGetValue(file, out var before))
        {
            // Who asks again is through with what it asked for first.
            before.IsOver |= before.Thread == thread;
            Settle(file);
            if (_open.ContainsKey(file) && !before.Ended)
            {
                _postponed.Enqueue((fd, thread, end));
                return;
            }

            _ = IdentityOf(fd, out size);
        }

        _cuts.AwaitPutAside(file);
        if (end >= size || _cuts.IsPutAside(file, size, end))
        {
            Reply(fd, SysFanotify.FAN_ALLOW);
            return;
        }

        lock (_lock)
            _prepared.Add(file);
        var kept = OwnedFd.FromCall(Fcntl.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, 3), "fcntl", "F_DUPFD_CLOEXEC");
        var error = _cuts.Begin(file, end, fd);
        if (error != Errno.None)
        {
            kept.Dispose();
            lock (_lock)
                _prepared.Remove(file);
            GuardLog.Refused(_logger, file.Inode, error.ToString());
            Reply(fd, SysFanotify.FAN_DENY | ((uint)Errno.EBUSY << SysFanotify.FAN_ERRNO_SHIFT));
            return;
        }

        // From now on changes are heard of: that it was made, and that the file grows again.
        _ = Mark(fd, SysFanotify.FAN_MARK_ADD, SysFanotify.FAN_MODIFY);
        if (_open.Remove(file, out before))
            before.File.Dispose();
        _open[file] = new Cut(kept, thread, end, Environment.TickCount64 + CutTakes);
        GuardLog.CutByHost(_logger, file.Inode, end);
        Reply(fd, SysFanotify.FAN_ALLOW);
    }

    // A cut that was made, or a file that has changed since.
    private void Settle(FileIdentity file)
    {
        if (!_open.TryGetValue(file, out var cut))
            return;
        if (!cut.Ended)
        {
            if (!IsOver(cut))
            {
                cut.NextLook = Environment.TickCount64 + LookAgain;
                return;
            }

            _ = _cuts.End(file, cut.File.Fd);
            lock (_lock)
                _prepared.Remove(file);
        }
        else if (_cuts.HasScratch(file, SizeOf(cut.File.Fd)))
            _ = _cuts.Grown(file, cut.File.Fd);
        cut.Ended = true;
        if (_cuts.HasScratch(file, long.MaxValue))
            return;
        _ = Mark(cut.File.Fd, SysFanotify.FAN_MARK_REMOVE, SysFanotify.FAN_MODIFY);
        cut.File.Dispose();
        _open.Remove(file);
    }

    // That the file has changed is no proof: others write to it, and putting it back allocates blocks of it.
    private static bool IsOver(Cut cut)
    {
        if (cut.IsOver || cut.Deadline <= Environment.TickCount64)
            return true;
        var size = SizeOf(cut.File.Fd);
        // Longer again, or not cut yet: while the thread is in its call nobody can tell.
        return size <= cut.End || !ForeignCall.MayCut(cut.Thread, size, cut.End);
    }

    private static long SizeOf(int fd)
    {
        _ = IdentityOf(fd, out var size);
        return size;
    }

    private List<FileIdentity> Overdue()
    {
        var overdue = new List<FileIdentity>();
        foreach (var (file, cut) in _open)
        {
            if (!cut.Ended && cut.NextLook <= Environment.TickCount64)
                overdue.Add(file);
        }

        return overdue;
    }

    // Milliseconds until a cut is to be looked at; −1 for none.
    private int UntilNext()
    {
        var next = -1;
        foreach (var cut in _open.Values)
        {
            var left = (int)Math.Max(0, cut.NextLook - Environment.TickCount64);
            if (!cut.Ended && (next < 0 || left < next))
                next = left;
        }

        return next;
    }

    private sealed class Cut(OwnedFd file, int thread, long end, long deadline)
    {
        public OwnedFd File { get; } = file;

        public int Thread { get; } = thread;

        public long End { get; } = end;

        public long Deadline { get; } = deadline;

        public long NextLook { get; set; } = deadline;

        public bool IsOver { get; set; }

        public bool Ended { get; set; }
    }
}
