using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using KataShimNet.Fsd.Dax;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Coherency.Peers;

/// <summary>
/// Changes of the size of files that guests map, of this daemon and of the others: before a file becomes shorter every guest's map of what
/// goes is swapped for scratch memory, and when it has become longer the file is put back. Lives in the keeper; of any thread.
/// </summary>
/// <remarks>
/// A map that is made meanwhile: the mapping side enters itself as a mapper first (<see cref="Enter"/>) and then asks where the file ends
/// (<see cref="EndFor"/>), the cutting side enters the cut first and then asks who maps. So either the cut finds the mapper, or the mapper
/// finds the cut.
/// </remarks>
internal sealed class FileCuts : IPeerRequests
{
    /// <summary>How long a daemon may take to put its guest's maps aside, all together.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(5);

    // Between two looks whether a daemon that changes a file still lives: its end wakes nobody.
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(200);

    private readonly MapTable _table;
    private readonly CutMarks _marks;
    private readonly INodeMembers _members;
    private readonly PeerLinks _links;
    private readonly Func<IMappedFiles?> _maps;
    private readonly ILogger _logger;
    private readonly TimeSpan _limit;

    /// <summary>Makes it of its parts, none of which it owns.</summary>
    /// <param name="table">Who maps what, and what is being cut.</param>
    /// <param name="marks">Files that workers cut on their own.</param>
    /// <param name="members">The daemons of the node.</param>
    /// <param name="links">Links to the others.</param>
    /// <param name="maps">What our own guest maps; null as long as it has no window.</param>
    /// <param name="logger">Log.</param>
    /// <param name="limit">How long a change may wait for others.</param>
    public FileCuts(MapTable table, CutMarks marks, INodeMembers members, PeerLinks links, Func<IMappedFiles?> maps, ILogger logger, TimeSpan limit)
    {
        _table = table;
        _marks = marks;
        _members = members;
        _links = links;
        _maps = maps;
        _logger = logger;
        _limit = limit;
    }

    /// <summary>Enters this daemon as one whose guest maps a file. To be done before the file is mapped.</summary>
    /// <param name="file">The file.</param>
    /// <returns>None; ENOLCK when there is no room, ETIMEDOUT when the file is being cut for long: then it must not be mapped.</returns>
    public Errno Enter(FileIdentity file)
    {
        if (!_table.Enter(file, _members.Self.Slot))
            return Errno.ENOLCK;
        if (_marks.Await(file, _limit, slot => _members.Find(slot) is not null))
            return Errno.None;
        Leave(file);
        return Errno.ETIMEDOUT;
    }

    /// <summary>Takes this daemon off again, whose guest does not map the file any more.</summary>
    /// <param name="file">The file.</param>
    public void Leave(FileIdentity file) => _table.Leave(file, _members.Self.Slot);

    /// <summary>Up to where a file may be mapped: where it ends, or will end when it is being cut. To be asked after <see cref="Enter"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">Its size, read after <see cref="Enter"/>.</param>
    public long EndFor(FileIdentity file, long size) => Math.Min(size, _table.EndOf(file));

    /// <summary>Whether somebody is about to cut a file, so that guests reach nothing of it past an end: then it may be cut there by others too.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">Its size.</param>
    /// <param name="end">The end.</param>
    public bool IsPutAside(FileIdentity file, long size, long end) => Math.Min(size, _table.PutAsideFrom(file)) <= end;

    /// <summary>Waits until whoever is about to cut a file has put aside what goes of it, or has given up.</summary>
    /// <param name="file">The file.</param>
    public void AwaitPutAside(FileIdentity file)
    {
        var until = Stopwatch.GetTimestamp() + (long)(_limit.TotalSeconds * Stopwatch.Frequency);
        while (_table.PendingOf(file, out var epoch) is { } holder && Left(until) is var left && left > TimeSpan.Zero)
        {
            if (holder != _members.Self && !IsAlive(holder))
                return;
            _table.Wait(epoch, left < s_lookAgain ? left : s_lookAgain);
        }
    }

    /// <summary>Notes that a guest has scratch memory in the place of a part of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte of that.</param>
    /// <returns>False when there is no room to note it: then there must be none.</returns>
    public bool NoteScratch(FileIdentity file, long from) => _table.NoteScratch(file, from, lower: true);

    /// <summary>Whether a guest may have scratch memory in the place of a part of a file that lies before its end.</summary>
    /// <param name="file">The file.</param>
    /// <param name="size">Its size.</param>
    public bool HasScratch(FileIdentity file, long size) => _table.ScratchFrom(file) < size;

    /// <summary>Begins to change the size of a file. When this succeeds no guest reaches anything of it past <paramref name="end"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">Where it will end; <see cref="long.MaxValue"/> when it only grows.</param>
    /// <param name="fd">Any descriptor of it.</param>
    /// <returns>
    /// None, and <see cref="End"/> has to follow; ETIMEDOUT when a daemon that lives did not answer in time, EBUSY when the virtual machine
    /// of one is stopped, ENOLCK, or what QEMU's refusal was: then the file must stay as it is, and nothing has to follow.
    /// </returns>
    public Errno Begin(FileIdentity file, long end, int fd)
    {
        var until = Stopwatch.GetTimestamp() + (long)(_limit.TotalSeconds * Stopwatch.Frequency);
        var error = Claim(file, end, until);
        if (error != Errno.None || end == long.MaxValue)
            return error;
        error = PutAside(file, end, until);
        if (error == Errno.None)
        {
            _table.SetPutAside(file);
            return error;
        }

        PeerLog.NotPutAside(_logger, file.Inode, error.ToString());
        // The file stays as long as it was.
        _ = End(file, fd);
        return error;
    }

    /// <summary>Ends a change, made or not: the file is put back up to where it ends now.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">Any descriptor of it.</param>
    /// <returns>None; else some guest does not see yet what the file has grown by.</returns>
    public Errno End(FileIdentity file, int fd)
    {
        var size = HostFile.SizeOf(fd);
        var error = size < 0
            ? LinuxException.LastErrno
            : Restore(file, size, Stopwatch.GetTimestamp() + (long)(_limit.TotalSeconds * Stopwatch.Frequency));
        if (error != Errno.None)
            PeerLog.NotRestored(_logger, file.Inode, error.ToString());
        _table.End(file, _members.Self);
        return error;
    }

    /// <summary>Puts a file back that has grown.</summary>
    /// <param name="file">The file.</param>
    /// <param name="fd">Any descriptor of it.</param>
    /// <returns>None; else some guest does not see yet what the file has grown by.</returns>
    public Errno Grown(FileIdentity file, int fd)
    {
        var error = Begin(file, long.MaxValue, fd);
        return error == Errno.None ? End(file, fd) : error;
    }

    /// <inheritdoc/>
    public Errno Handle(in PeerRequest request)
    {
        try
        {
            if (request.Operation == PeerOperation.Resized)
                return Errno.EPROTO;
            if (_maps() is not { } maps)
                return Errno.None;
            var done = request.Operation == PeerOperation.Shrink
                ? maps.ReplaceWithScratch(request.File, request.From, request.To)
                : maps.Restore(request.File, request.From, request.To);
            return done ? Errno.None : Errno.EBUSY;
        }
        catch (LinuxException e)
        {
            return e.Errno;
        }
    }

    private Errno Claim(FileIdentity file, long end, long until)
    {
        while (true)
        {
            var error = _table.TryBegin(file, _members.Self, end, out var holder, out var epoch);
            if (error != Errno.EBUSY)
                return error;
            if (holder != _members.Self && !IsAlive(holder))
            {
                _table.End(file, holder);
                continue;
            }

            var left = Left(until);
            if (left <= TimeSpan.Zero)
                return Errno.ETIMEDOUT;
            _table.Wait(epoch, left < s_lookAgain ? left : s_lookAgain);
        }
    }

    private Errno PutAside(FileIdentity file, long end, long until)
    {
        var mappers = MappersOf(file);
        if (mappers.Count == 0)
            return Errno.None;
        if (!_table.NoteScratch(file, Pages.Up(end), lower: true))
            return Errno.ENOLCK;
        return Ask(mappers, PeerRequest.Of(PeerOperation.Shrink, file, end, long.MaxValue), until);
    }

    // Puts back what lies before the end of the file and may have been swapped.
    private Errno Restore(FileIdentity file, long size, long until)
    {
        var from = _table.ScratchFrom(file);
        if (from >= size)
            return Errno.None;
        var mappers = MappersOf(file);
        var error = Ask(mappers, PeerRequest.Of(PeerOperation.Grown, file, from, size), until);
        if (error == Errno.None)
            _table.NoteScratch(file, mappers.Count == 0 ? long.MaxValue : Pages.Up(size), lower: false);
        return error;
    }

    private Errno Ask(List<PeerId> mappers, in PeerRequest request, long until)
    {
        var others = mappers.Where(m => m != _members.Self).ToList();
        var error = others.Count == mappers.Count ? Errno.None : Handle(request);
        return error == Errno.None && others.Count > 0 ? _links.Ask(others, request, Left(until), IsAlive) : error;
    }

    private List<PeerId> MappersOf(FileIdentity file)
    {
        var mappers = new List<PeerId>();
        foreach (var slot in _table.MappersOf(file))
        {
            if (slot == _members.Self.Slot)
                mappers.Add(_members.Self);
            else if (_members.Find(slot) is { } peer)
                mappers.Add(peer);
            else
                _table.Leave(file, slot);
        }

        return mappers;
    }

    private bool IsAlive(PeerId peer) => _members.Find(peer.Slot) == peer;

    private static TimeSpan Left(long until)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
