using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using KataShimNet.Fsd.VhostUser;
using KataShimNet.Fsd.Worker.Channel;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Fsd.Dax;

/// <summary>
/// The DAX window of the device: memory of the guest into which parts of files are mapped, by requests to QEMU. Lives in the keeper, so
/// what is mapped is known whatever becomes of a worker.
/// </summary>
/// <remarks>
/// The lock is the innermost one, and is held while QEMU answers. QEMU waits for the connection's thread meanwhile, so that one never
/// takes it: it says what changed by <see cref="DeviceRun"/> and by the generation alone.
/// </remarks>
internal sealed partial class DaxWindow : IDisposable
{
    /// <summary>Pages, by which everything is mapped.</summary>
    public const long PageSize = 4096;

    // Guards the pieces and the channel to QEMU.
    private readonly Lock _lock = new();
    // By their offset in the window, without overlap.
    private readonly SortedList<long, WindowPiece> _pieces = [];
    private BackEndChannel? _channel;
    private readonly HashSet<uint> _droppedExports = [];

    private readonly PassthroughMount _mount;
    private readonly ScratchMemory _scratch;
    private readonly ILogger _logger;

    // Of the worker that may ask.
    private int _generation;

    /// <summary>Makes the window of a device that no front end knows yet.</summary>
    /// <param name="size">Bytes, one of <see cref="DaxWindowSize"/>.</param>
    /// <param name="mount">Where files are opened for QEMU; served, and not owned.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="LinuxException">There is no memory for it.</exception>
    public DaxWindow(long size, PassthroughMount mount, ILogger logger)
    {
        Size = size;
        _mount = mount;
        _logger = logger;
        _scratch = ScratchMemory.Create(size);
    }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>Who else has to know what is mapped; null where nobody has. Set before anything is mapped.</summary>
    public ISharedMaps? Sharing { get; set; }

    /// <summary>Whether QEMU may be asked.</summary>
    public DeviceRun Run { get; } = new();

    /// <summary>Live mappings now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pieces.Count;
        }
    }

    /// <summary>Bytes that are mapped now.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
                return _pieces.Values.Sum(static piece => piece.Length);
        }
    }

    /// <summary>A new worker takes the place of the last one, whose late requests are void. Never waits.</summary>
    /// <returns>What the new one's requests carry.</returns>
    public int NextGeneration() => Interlocked.Increment(ref _generation);

    /// <summary>Takes the front end's channel for our requests. Of the connection's thread, before any ring runs.</summary>
    /// <param name="socket">The channel; owned from here on.</param>
    public void Attach(OwnedFd socket)
    {
        Interlocked.Exchange(ref _channel, new BackEndChannel(socket))?.Shutdown();
        Run.SetEnded(false);
    }

    /// <summary>The front end is gone, and with it all that it had mapped.</summary>
    public void Detach()
    {
        Run.SetEnded(true);
        var channel = Interlocked.Exchange(ref _channel, null);
        channel?.Shutdown();
        lock (_lock)
        {
            channel?.Dispose();
            foreach (var piece in _pieces.Values)
            {
                NoteLeaving(piece);
                piece.Dispose();
            }

            _pieces.Clear();
            _scratch.Clear(0, Size);
        }

        LeaveUnmapped();
    }

    /// <summary>Waits until no request is on its way to QEMU, and lets none go there until <see cref="Release"/>: the machine is about to be stopped.</summary>
    public void Hold()
    {
        Run.SetHeld(true);
        lock (_lock)
        {
            // Whoever was in here before is through.
        }
    }

    /// <summary>The machine goes on.</summary>
    public void Release() => Run.SetHeld(false);

    /// <summary>Maps a part of a file for the guest.</summary>
    /// <param name="generation">The worker's.</param>
    /// <param name="record">What goes where. Checked here.</param>
    /// <param name="file">The file; owned from here on.</param>
    /// <exception cref="LinuxException">ESTALE: another worker has taken over. EINVAL for a range that cannot be. Else what QEMU or the host refused.</exception>
    public void Map(int generation, in MapRecord record, OwnedFd file)
    {
        var piece = ToPiece(record, file);
        var taken = false;
        try
        {
            if (Sharing?.Enter(piece.Identity, piece.File.Fd) is { } error and not Errno.None)
                throw new LinuxException(error, "DAX window", "the file is being cut, or too many files are mapped on this node");
            InTurn(generation, () =>
            {
                taken = true;
                MapLocked(piece);
            });
        }
        finally
        {
            if (!taken)
                piece.Dispose();
            LeaveUnmapped();
        }
    }

    /// <summary>Takes mappings away that the guest gives back: it does not touch them any more.</summary>
    /// <param name="generation">The worker's.</param>
    /// <param name="offset">First byte in the window.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="LinuxException">ESTALE: another worker has taken over.</exception>
    public void Unmap(int generation, long offset, long length)
    {
        InTurn(generation, () =>
        {
            foreach (var piece in Overlapping(offset, length))
                UnmapLocked(piece);
        });
        LeaveUnmapped();
    }

    /// <summary>
    /// Lets go of the files of an export that was removed: scratch memory takes their place. While the machine is stopped that has to
    /// wait until it goes on, but this does not. Nothing of the export is mapped any more, until there is another at its place.
    /// </summary>
    /// <param name="export">Its index.</param>
    /// <exception cref="LinuxException">QEMU refused.</exception>
    public void DropExport(uint export)
    {
        lock (_lock)
        {
            _droppedExports.Add(export);
            foreach (var piece in Matching(piece => piece.Export == export))
                piece.Export = WindowPiece.NoExport;
            if (Run.MayMap)
                DropRemoved();
        }
    }

    /// <summary>Lets files of a new export be mapped.</summary>
    /// <param name="export">Its index, which may have been another's.</param>
    public void AddExport(uint export)
    {
        lock (_lock)
            _droppedExports.Remove(export);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Detach();
        _scratch.Dispose();
    }

    private BackEndChannel Channel =>
        Volatile.Read(ref _channel) ?? throw new LinuxException(Errno.ENOTCONN, "DAX window", "the front end has given no channel for requests");

    // Waits outside of the lock, so that a machine that stands still keeps nobody else out.
    private void InTurn(int generation, Action action)
    {
        while (Run.Await())
        {
            lock (_lock)
            {
                if (!Run.MayMap)
                    continue;
                CheckGeneration(generation);
                DropRemoved();
                action();
                return;
            }
        }

        throw new LinuxException(Errno.ENOTCONN, "DAX window", "the front end is gone");
    }

    private void CheckGeneration(int generation)
    {
        if (Volatile.Read(ref _generation) != generation)
            throw new LinuxException(Errno.ESTALE, "DAX window", "another worker has taken over");
    }

    private void DropRemoved()
    {
        var removed = Matching(piece => piece.Export == WindowPiece.NoExport && piece.Identity != default);
        if (removed.Count == 0)
            return;
        foreach (var piece in removed)
        {
            using (piece)
            {
                // Without the file, so that its file system can be unmounted.
                var scratch = piece.WithoutFile(_scratch.File);
                if (piece.IsScratch)
                {
                    _pieces[piece.Offset] = scratch;
                    continue;
                }

                UnmapLocked(piece, keep: true);
                MapPiece(scratch);
            }
        }

        Channel.AwaitCommit();
    }

    private void MapLocked(WindowPiece piece)
    {
        if (_droppedExports.Contains(piece.Export))
        {
            piece.Dispose();
            throw new LinuxException(Errno.ESTALE, "DAX window", "the export was removed");
        }

        if (TryKeep(piece))
            return;
        var old = Overlapping(piece.Offset, piece.Length);
        foreach (var other in old)
            UnmapLocked(other, keep: true);
        try
        {
            MapParts(piece);
        }
        catch
        {
            foreach (var part in Overlapping(piece.Offset, piece.Length))
                UnmapLocked(part);
            // The guest goes on with what it had, if that was this very range.
            foreach (var other in old)
                TryMapAgain(other);
            throw;
        }
        finally
        {
            foreach (var other in old)
                other.Dispose();
        }

        Channel.AwaitCommit();
    }

    // A request that is done again, or that asks to write where that was made possible at once, finds its mapping in place.
    private bool TryKeep(WindowPiece piece)
    {
        var covered = piece.Offset;
        var there = Overlapping(piece.Offset, piece.Length);
        foreach (var other in there)
        {
            if (other.Offset != covered
                || other.End > piece.End
                || other.IsScratch
                || other.Identity != piece.Identity
                || other.FileOffset - other.Offset != piece.FileOffset - piece.Offset
                || (piece.Writable && !other.Writable))
            {
                return false;
            }

            covered = other.End;
        }

        if (covered != piece.End)
            return false;
        foreach (var other in there)
            other.Stored |= piece.Stored;
        piece.Dispose();
        return true;
    }

    private void TryMapAgain(WindowPiece piece)
    {
        try
        {
            MapPiece(piece.Part(piece.FileOffset, piece.FileEnd, piece.IsScratch));
        }
        catch (LinuxException e)
        {
            DaxLog.MappingLost(_logger, piece.Offset, piece.Length, e.Message);
        }
    }

    private void MapPiece(WindowPiece piece)
    {
        try
        {
            if (piece.IsScratch)
            {
                _scratch.Clear(piece.Offset, piece.Length);
                Channel.Map(Range(piece, piece.Offset), _scratch.File);
            }
            else
            {
                using var file = _mount.Open(piece.File, piece.Identity, piece.Writable, out var node);
                piece.Node = node;
                Channel.Map(Range(piece, piece.FileOffset), file);
            }
        }
        catch
        {
            piece.Dispose();
            throw;
        }

        _pieces.Add(piece.Offset, piece);
        DaxLog.Mapped(_logger, piece.Offset, piece.Length, piece.FileOffset, piece.Writable, piece.IsScratch, _pieces.Count);
    }

    private void UnmapLocked(WindowPiece piece, bool keep = false)
    {
        try
        {
            Channel.Unmap(new ShmemRange { Offset = (ulong)piece.Offset, Length = (ulong)piece.Length });
        }
        catch (LinuxException e) when (e.Errno == Errno.EREMOTEIO)
        {
            // A device that was reset has lost its mappings without a word.
            DaxLog.NotMapped(_logger, piece.Offset, piece.Length, e.Message);
        }

        _pieces.Remove(piece.Offset);
        NoteLeaving(piece);
        if (piece.IsScratch)
            _scratch.Clear(piece.Offset, piece.Length);
        if (!keep)
            piece.Dispose();
    }

    private static ShmemRange Range(WindowPiece piece, long fileOffset) => new()
    {
        Offset = (ulong)piece.Offset,
        Length = (ulong)piece.Length,
        FileOffset = (ulong)fileOffset,
        Flags = piece.IsScratch || piece.Writable ? ShmemRange.Writable : 0,
    };

    private List<WindowPiece> Overlapping(long offset, long length) => Matching(piece => piece.Overlaps(offset, length));

    private List<WindowPiece> Matching(Predicate<WindowPiece> wanted)
    {
        var found = new List<WindowPiece>();
        foreach (var piece in _pieces.Values)
        {
            if (wanted(piece))
                found.Add(piece);
        }

        return found;
    }

    private unsafe WindowPiece ToPiece(in MapRecord record, OwnedFd file)
    {
        try
        {
            if (((record.Offset | record.Length | record.FileOffset) & (PageSize - 1)) != 0
                || record.Length <= 0 || record.Offset < 0 || record.FileOffset < 0
                || record.Length > Size || record.Offset > Size - record.Length
                || record.FileOffset > (1L << 59))
            {
                throw new LinuxException(Errno.EINVAL, "DAX window", $"{record.Length} bytes at {record.Offset} of a file from {record.FileOffset} on");
            }

            Statx status;
            byte empty = 0;
            LinuxException.Check(
                SysStat.statx(file.Fd, &empty, Fcntl.AT_EMPTY_PATH, SysStat.STATX_BASIC_STATS, &status), "statx", "DAX window");
            return new WindowPiece
            {
                Offset = record.Offset,
                Length = record.Length,
                FileOffset = record.FileOffset,
                Identity = FileIdentity.Of(status),
                File = file,
                Export = record.Export,
                Writable = (record.Flags & MapRecord.Writable) != 0,
                Stored = (record.Flags & MapRecord.Stored) != 0,
                Believed = record.Believed,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
