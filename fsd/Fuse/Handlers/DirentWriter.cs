using System;
using KataShimNet.Fsd.Fuse.Wire;

namespace KataShimNet.Fsd.Fuse.Handlers;

/// <summary>Writes directory entries into a reply, as many as fit.</summary>
internal struct DirentWriter(Request request, bool plus, uint room)
{
    /// <summary>Whether each name comes with its inode.</summary>
    public readonly bool Plus = plus;

    private readonly Request _request = request;
    private readonly uint _room = room;

    /// <summary>Bytes written.</summary>
    public uint Written { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly uint Left => _room - Written;

    /// <summary>Whether an entry with a name of that length still fits: to be asked before an inode is given a lookup.</summary>
    public readonly bool HasRoom(int nameLength) => Written + SizeOf(nameLength) <= _room;

    /// <summary>Writes an entry.</summary>
    /// <param name="entry">Its inode; left out of READDIR.</param>
    /// <param name="record">Its record.</param>
    /// <param name="name">Its name.</param>
    public void Add(in EntryOut entry, in Dirent record, ReadOnlySpan<byte> name)
    {
        var at = Written;
        if (Plus)
        {
            _request.Put(at, entry);
            at += EntryOut.Size;
        }

        Span<byte> padded = stackalloc byte[Align(Request.NameMax)];
        padded = padded[..Align(name.Length)];
        name.CopyTo(padded);
        // Else the guest would see what was on our stack.
        padded[name.Length..].Clear();
        _request.Put(at, record);
        _request.PutBytes(at + Dirent.Size, padded);
        Written += SizeOf(name.Length);
    }

    private static int Align(int length) => (length + 7) & ~7;

    private readonly uint SizeOf(int nameLength) => (uint)(Dirent.Size + Align(nameLength) + (Plus ? EntryOut.Size : 0));
}
