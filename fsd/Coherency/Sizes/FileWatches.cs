using System;
using System.Collections.Generic;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Sizes;

/// <summary>A file that our guest has open and that is watched.</summary>
/// <param name="node">Its node id.</param>
/// <param name="bucket">Its place among the open files.</param>
internal sealed class WatchedFile(ulong node, int bucket)
{
    /// <summary>Its node id.</summary>
    public ulong Node { get; } = node;

    /// <summary>Its place in <see cref="OpenFiles"/>.</summary>
    public int Bucket { get; } = bucket;

    /// <summary>How often it is open.</summary>
    public int Opens { get; set; }

    /// <summary>Its watch; −1 for none.</summary>
    public int Watch { get; set; } = -1;

    /// <summary>Whether it is among those to be looked at.</summary>
    public bool IsDirty { get; set; }

    /// <summary>When its size was found to be another than the guest knows (<see cref="BootClock"/>); 0: it was not.</summary>
    public long Since { get; set; }

    /// <summary>The size that was found then.</summary>
    public ulong Size { get; set; }

    /// <summary>What was known of it before (<see cref="KnownSizes.Read"/>).</summary>
    public ulong Known { get; set; }
}

/// <summary>Watches of files (inotify(7), IN_MODIFY), which tell of every write and change of size by whomever. Of one thread.</summary>
internal sealed unsafe class FileWatches : IDisposable
{
    /// <summary>Most files: each pins an inode, and the user's share of watches (fs.inotify.max_user_watches) is the whole node's.</summary>
    public const int Most = 4096;

    // Of a file: it has no names, so an event is a header alone.
    private const int MaxEvents = 256;

    private readonly OwnedFd _events;
    private readonly ILogger _logger;
    // A file that the guest sees in two exports is one watch and two nodes.
    private readonly Dictionary<int, List<WatchedFile>> _files = [];
    private readonly byte[] _buffer = new byte[MaxEvents * SysInotify.EventHeaderSize];
    private bool _failed;

    private FileWatches(OwnedFd events, ILogger logger)
    {
        _events = events;
        _logger = logger;
    }

    /// <summary>Readable when something has happened.</summary>
    public int Fd => _events.Fd;

    /// <summary>Makes an instance, before seccomp.</summary>
    /// <param name="logger">Log.</param>
    /// <returns>Null when the user has too many: the log says so.</returns>
    public static FileWatches? TryCreate(ILogger logger)
    {
        var fd = SysInotify.inotify_init1(SysInotify.IN_CLOEXEC | SysInotify.IN_NONBLOCK);
        if (fd >= 0)
            return new FileWatches(new OwnedFd(fd), logger);
        SizeLog.NoWatches(logger, LinuxException.LastErrno.ToString());
        return null;
    }

    /// <summary>Watches a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">Any descriptor of it. The thread's directory is /proc/self/fd.</param>
    public void Add(WatchedFile file, int fd)
    {
        var path = stackalloc byte[ProcFd.NumberSize];
        ProcFd.Format(fd, path);
        var watch = _files.Count < Most ? SysInotify.inotify_add_watch(_events.Fd, path, SysInotify.IN_MODIFY) : -1;
        if (watch < 0)
        {
            if (!_failed)
                SizeLog.NotWatched(_logger, _files.Count < Most ? LinuxException.LastErrno.ToString() : "limit", _files.Count);
            _failed = true;
            return;
        }

        file.Watch = watch;
        if (!_files.TryGetValue(watch, out var files))
            _files.Add(watch, files = []);
        files.Add(file);
    }

    /// <summary>Watches it no longer.</summary>
    /// <param name="file">The file.</param>
    public void Remove(WatchedFile file)
    {
        if (!_files.TryGetValue(file.Watch, out var files))
            return;
        files.Remove(file);
        if (files.Count > 0)
            return;
        _files.Remove(file.Watch);
        _ = SysInotify.inotify_rm_watch(_events.Fd, file.Watch);
    }

    /// <summary>Tells of the files that have changed since the last time.</summary>
    /// <param name="changed">Called for each, perhaps several times.</param>
    public void Read(Action<WatchedFile> changed)
    {
        nint length;
        do
        {
            fixed (byte* buffer = _buffer)
            {
                length = Unistd.read(_events.Fd, buffer, (nuint)_buffer.Length);
                for (nint at = 0; at + SysInotify.EventHeaderSize <= length;)
                {
                    // struct inotify_event: wd, mask, cookie, len, each of 4 bytes.
                    var header = new ReadOnlySpan<int>(buffer + at, 4);
                    Tell(header[0], (uint)header[1], changed);
                    at += SysInotify.EventHeaderSize + header[3];
                }
            }
        }
        while (length > 0 || (length < 0 && LinuxException.LastErrno == Errno.EINTR));
    }

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();

    private void Tell(int watch, uint mask, Action<WatchedFile> changed)
    {
        if ((mask & SysInotify.IN_Q_OVERFLOW) != 0)
        {
            foreach (var files in _files.Values)
                files.ForEach(changed);
        }
        else if (_files.TryGetValue(watch, out var files))
        {
            files.ForEach(changed);
        }
    }
}
