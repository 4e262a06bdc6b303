using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using KataShimNet.Fsd.Coherency.Sizes;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>Changes of the size of files, as the worker sees them: those of files that nobody maps it makes alone, for others it asks the keeper.</summary>
/// <remarks>Of any thread. What asks the keeper waits for it, and it for other daemons: not for a queue's thread.</remarks>
internal sealed class WorkerCuts : IDisposable
{
    private readonly MapTable _table;
    private readonly CutMarks _marks;
    private readonly int _slot;

    // Guards the pool; pulsed when a channel comes back.
    private readonly object _lock = new();
    private readonly Stack<ChannelClient> _pool = [];

    /// <summary>Takes ownership of its parts.</summary>
    /// <param name="table">Who maps what, to read.</param>
    /// <param name="marks">Files that are being cut without the keeper.</param>
    /// <param name="slot">The daemon's slot.</param>
    /// <param name="channels">Channels to the keeper: as many changes can be made at once.</param>
    public WorkerCuts(MapTable table, CutMarks marks, int slot, IEnumerable<OwnedFd> channels)
    {
        _table = table;
        _marks = marks;
        _slot = slot;
        foreach (var channel in channels)
            _pool.Push(new ChannelClient(channel));
    }

    /// <summary>Tells other guests of sizes; owned.</summary>
    public required SizeTeller Sizes { get; init; }

    /// <summary>Tells our guest of sizes that processes of the host have changed; null where nobody can ask it. Owned.</summary>
    public HostChanges? Changes { get; init; }

    /// <summary>Whether a guest may have scratch memory in the place of a part of any file: while it is false, growth concerns nobody.</summary>
    public bool HasAnyScratch => _table.HasAnyScratch;

    /// <summary>Whether a guest may have scratch memory in the place of a part of a file that lies before its end.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">Its size.</param>
    public bool HasScratch(FileIdentity file, ulong size) => (ulong)_table.ScratchFrom(file) < size;

    /// <summary>Whether some guest maps a file.</summary>
    /// <param name="file">The file.</param>
    public bool IsMapped(FileIdentity file) => _table.Has(file);

    /// <summary>Begins to cut a file that nobody maps. Nobody maps it until <see cref="EndAlone"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="mark">For <see cref="EndAlone"/>.</param>
    /// <returns>False when somebody maps it, or too many files are being cut: then the keeper is to be asked.</returns>
    public bool TryBeginAlone(FileIdentity file, out int mark)
    {
        mark = _marks.TrySet(_slot, file);
        if (mark < 0)
            return false;
        if (!_table.Has(file))
            return true;
        _marks.Clear(_slot, mark);
        return false;
    }

    /// <summary>Ends it.</summary>
    /// <param name="mark">As <see cref="TryBeginAlone"/> gave it.</param>
    public void EndAlone(int mark) => _marks.Clear(_slot, mark);

    /// <summary>Begins to cut a file that guests map: when this succeeds they reach nothing of it past its new end.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">The new end.</param>
    /// <param name="fd">Any descriptor of it.</param>
    /// <param name="channel">For <see cref="End"/>, which has to follow when this succeeds.</param>
    /// <returns>None, or why the file has to stay as it is.</returns>
    public Errno Begin(FileIdentity file, long end, int fd, out ChannelClient? channel)
    {
        var taken = Take();
        var error = Call(taken, ChannelOperation.BeginCut, CutRecord.Of(file, end), fd);
        channel = error == Errno.None ? taken : null;
        if (error != Errno.None)
            Return(taken);
        return error;
    }

    /// <summary>Ends it, whether the file was cut or not.</summary>
    /// <param name="channel">As <see cref="Begin"/> gave it.</param>
    public Errno End(ChannelClient channel)
    {
        var error = Call(channel, ChannelOperation.EndCut, default, -1);
        Return(channel);
        return error;
    }

    /// <summary>Puts the file back in the place of scratch memory: it has grown.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">Any descriptor of it.</param>
    /// <returns>None; else some guest does not see what it has grown by.</returns>
    public Errno Grown(FileIdentity file, int fd)
    {
        var channel = Take();
        var error = Call(channel, ChannelOperation.FileGrown, CutRecord.Of(file, 0), fd);
        Return(channel);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var channel in _pool)
                channel.Dispose();
            _pool.Clear();
        }

        Changes?.Dispose();
        Sizes.Dispose();
        _table.Dispose();
        _marks.Dispose();
    }

    private static Errno Call(ChannelClient channel, ChannelOperation operation, in CutRecord record, int fd)
    {
        try
        {
            channel.Call(operation, 0, 0, MemoryMarshal.AsBytes(new ReadOnlySpan<CutRecord>(in record)), fd < 0 ? [] : [fd]);
            return Errno.None;
        }
        catch (LinuxException e)
        {
            return e.Errno;
        }
        catch (WorkerDiedException)
        {
            // It is the keeper that has ended, and this process with it.
            return Errno.EIO;
        }
    }

    private ChannelClient Take()
    {
        lock (_lock)
        {
            while (_pool.Count == 0)
                Monitor.Wait(_lock);
            return _pool.Pop();
        }
    }

    private void Return(ChannelClient channel)
    {
        lock (_lock)
        {
            _pool.Push(channel);
            Monitor.Pulse(_lock);
        }
    }
}
