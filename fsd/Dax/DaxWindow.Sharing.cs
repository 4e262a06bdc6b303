using System;
using System.Collections.Generic;
using KataShimNet.Fsd.Fuse;
using KataShimNet.Fsd.Memory;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Dax;

/// <content>What the other daemons of the node have to know of our maps.</content>
internal sealed partial class DaxWindow
{
    // Files of pieces that went, and that may have no other; a descriptor of each, owned. Guarded by _lock.
    private readonly Dictionary<FileIdentity, OwnedFd> _leaving = [];

    private void NoteLeaving(WindowPiece piece)
    {
        if (Sharing is not null && piece.Identity != default && !_leaving.ContainsKey(piece.Identity))
            _leaving[piece.Identity] = piece.File.Duplicate();
    }

    // Mappings are made by one thread at a time, so nobody maps a file between the look and the word to the others.
    private void LeaveUnmapped()
    {
        if (Sharing is not { } sharing)
            return;
        KeyValuePair<FileIdentity, OwnedFd>[] gone;
        lock (_lock)
        {
            gone = [.. _leaving];
            _leaving.Clear();
            foreach (var piece in _pieces.Values)
            {
                for (var i = 0; i < gone.Length; i++)
                {
                    if (gone[i].Key == piece.Identity)
                        gone[i] = new(default, gone[i].Value);
                }
            }
        }

        foreach (var (file, fd) in gone)
        {
            using (fd)
            {
                if (file != default)
                    sharing.Leave(file, fd.Fd);
            }
        }
    }

    // What lies past the end of a file is not to be reached by a guest that takes it for longer than it is: where scratch memory has to stand
    // for it, page-aligned. It must be so from the beginning, for other processors of the guest may use the range already.
    private long ScratchFrom(WindowPiece piece)
    {
        if (Sharing is not { } sharing)
            return piece.FileEnd;
        var size = HostFile.SizeOf(piece.File.Fd);
        if (size < 0)
            return piece.FileEnd;
        var end = sharing.EndFor(piece.Identity, size);
        // It was cut while nobody mapped it, so nobody put it aside. A range that begins behind the end is asked for by such a guest alone.
        if (piece.FileOffset >= size || piece.Believed > Pages.Up(size))
            end = Math.Min(size, end);
        var from = Math.Max(Pages.Up(end), piece.FileOffset);
        if (from >= piece.FileEnd)
            return piece.FileEnd;
        sharing.NoteScratch(piece.Identity, from);
        return from;
    }

    private void MapParts(WindowPiece piece)
    {
        var from = ScratchFrom(piece);
        if (from == piece.FileEnd)
        {
            MapPiece(piece);
            return;
        }

        using (piece)
        {
            if (from > piece.FileOffset)
                MapPiece(piece.Part(piece.FileOffset, from, scratch: false));
            MapPiece(piece.Part(from, piece.FileEnd, scratch: true));
        }
    }
}
