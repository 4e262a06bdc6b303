using System;
using System.Collections.Generic;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Dax;

/// <content>Files that shrink and grow while they are mapped.</content>
internal sealed partial class DaxWindow : IMappedFiles
{
    // Pieces that one range of the guest may fall into by files that shrink and grow: each costs QEMU a region.
    private const int MaxPieces = 8;

    // QEMU collects memory maps for some 50 ms before it takes them away.
    private static readonly TimeSpan s_reclaimLimit = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public bool Maps(FileIdentity file)
    {
        lock (_lock)
            return Matching(piece => piece.Identity == file && !piece.IsScratch).Count > 0;
    }

    /// <inheritdoc/>
    public bool ReplaceWithScratch(FileIdentity file, long from, long to)
    {
        (from, to) = (Pages.Up(from), Pages.Up(to));
        lock (_lock)
        {
            var pieces = Matching(piece => piece.Identity == file && !piece.IsScratch && piece.FileOffset < to && piece.FileEnd > from);
            if (pieces.Count == 0)
                return true;
            if (!Run.MayMap)
                return false;
            foreach (var piece in pieces)
                Replace(piece, Math.Max(from, piece.FileOffset), Math.Min(to, piece.FileEnd), scratch: true);
            Channel.AwaitCommit();
            // Also what was mapped of it before: QEMU may not have let go of that either.
            var mapped = new HashSet<ulong>();
            foreach (var piece in _pieces.Values)
                mapped.Add(piece.Node);
            if (!_mount.AwaitReleased(file, mapped, s_reclaimLimit))
                throw new LinuxException(Errno.ETIMEDOUT, "DAX window", "QEMU has not let go of a file that was swapped");
            return true;
        }
    }

    /// <inheritdoc/>
    public bool Restore(FileIdentity file, long from, long to)
    {
        (from, to) = (from & ~(Pages.Size - 1), Pages.Up(to));
        lock (_lock)
        {
            foreach (var piece in Matching(piece => piece.Identity == file && piece.Stored && piece.FileOffset < to && piece.FileEnd > from))
                Allocate(piece, Math.Max(from, piece.FileOffset), Math.Min(to, piece.FileEnd));
            var pieces = Matching(piece => piece.Identity == file && piece.IsScratch && piece.FileOffset < to && piece.FileEnd > from);
            if (pieces.Count == 0)
                return true;
            if (!Run.MayMap)
                return false;
            foreach (var piece in pieces)
            {
                Replace(piece, Math.Max(from, piece.FileOffset), Math.Min(to, piece.FileEnd), scratch: false);
                Join(piece.Offset);
            }

            Channel.AwaitCommit();
            return true;
        }
    }

    // What the guest stores into a hole for which the disk has no room would end QEMU.
    private static void Allocate(WindowPiece piece, long from, long to) => LinuxException.Check(
        Fcntl.fallocate(piece.File.Fd, Fcntl.FALLOC_FL_KEEP_SIZE, from, to - from), "fallocate", "DAX window");

    // The first part is put back first: the guest may be using it.
    private void Replace(WindowPiece piece, long from, long to, bool scratch)
    {
        UnmapLocked(piece, keep: true);
        using (piece)
        {
            if (piece.FileOffset < from)
                MapPiece(piece.Part(piece.FileOffset, from, piece.IsScratch));
            MapPiece(piece.Part(from, to, scratch));
            if (to < piece.FileEnd)
                MapPiece(piece.Part(to, piece.FileEnd, piece.IsScratch));
        }
    }

    // A file that shrinks and then grows page by page leaves a piece for each; too many are mapped anew as one.
    private void Join(long offset)
    {
        var range = offset & ~(DaxWindowSize.Range - 1);
        if (Overlapping(range, DaxWindowSize.Range).Count <= MaxPieces)
            return;
        var run = new List<WindowPiece>();
        foreach (var piece in Overlapping(range, DaxWindowSize.Range))
        {
            if (run.Count > 0 && !Continues(run[^1], piece))
                MapAsOne(run);
            run.Add(piece);
        }

        MapAsOne(run);
    }

    private static bool Continues(WindowPiece first, WindowPiece second) =>
        !first.IsScratch && !second.IsScratch
        && first.End == second.Offset && first.FileEnd == second.FileOffset
        && first.Identity == second.Identity && first.Writable == second.Writable;

    private void MapAsOne(List<WindowPiece> run)
    {
        if (run.Count > 1)
        {
            foreach (var piece in run)
                UnmapLocked(piece, keep: true);
            // Made of the first one, whose file serves all of it.
            MapPiece(new WindowPiece
            {
                Offset = run[0].Offset,
                Length = run[^1].End - run[0].Offset,
                FileOffset = run[0].FileOffset,
                Identity = run[0].Identity,
                File = run[0].File.Duplicate(),
                Export = run[0].Export,
                Writable = run[0].Writable,
                Stored = run.Exists(piece => piece.Stored),
            });
            foreach (var piece in run)
                piece.Dispose();
        }

        run.Clear();
    }
}
