using System.Collections.Generic;
using KataShimNet.VhostFrontEnd.Fuse;
using KataShimNet.VhostFrontEnd.Load;

namespace KataShimNet.Bench.Files.Workloads;

/// <summary>READDIRPLUS through a large folder in pieces of 32 KiB, as the C library reads. It counts in entries.</summary>
/// <remarks>
/// Either of entries that the guest knows, again and again; or of entries that it sees for the first time: then a round is made of
/// walks through the whole folder, after each of which everything is forgotten, which is not measured.
/// </remarks>
internal sealed unsafe class FolderWalk : Workload
{
    private const int PieceSize = 32 * 1024;
    private const int EntrySize = 128;
    private const int DirentSize = 24;

    private readonly Contestant _contestant;
    private readonly bool _fresh;
    private readonly ulong _folder;
    private readonly List<ulong> _seen;
    // Of each walker: its handle, and its place in the folder.
    private readonly ulong[] _handles = new ulong[Contestant.MaxDepth];
    private readonly ulong[] _offsets = new ulong[Contestant.MaxDepth];
    private readonly bool[] _busy = new bool[Contestant.MaxDepth];
    private readonly int[] _units = new int[Contestant.MaxDepth];
    private bool _ended;

    /// <param name="contestant">Whom to ask.</param>
    /// <param name="folder">Name of the folder in the root.</param>
    /// <param name="entries">Files there.</param>
    /// <param name="fresh">Whether entries are to be new to the daemon. One walker at a time.</param>
    public FolderWalk(Contestant contestant, string folder, int entries, bool fresh)
    {
        _contestant = contestant;
        _fresh = fresh;
        _seen = new List<ulong>(fresh ? entries : 0);
        _folder = contestant.Client.Lookup(1, folder).Value.NodeId;
        for (int i = 0; i < _handles.Length; i++)
            _handles[i] = contestant.Client.OpenDir(_folder).Value.Fh;
    }

    public override bool IsExhausted => _fresh && _ended;

    public override void Begin(LoadSlot slot)
    {
        uint walker = 0;
        while (_busy[walker])
            walker++;
        _busy[walker] = true;
        slot.Tag = walker;
        slot.Prepare(FuseOpcode.ReadDirPlus, _folder, 40, 0, 0, PieceSize);
        var arguments = (ulong*)slot.Arguments;
        arguments[0] = _handles[walker];
        arguments[1] = _offsets[walker];
        arguments[2] = PieceSize;
        arguments[3] = arguments[4] = 0;
    }

    public override bool Advance(LoadSlot slot)
    {
        Check(slot);
        int length = slot.ReplyLength - FuseClient.OutHeaderSize;
        int units = 0;
        ulong next = 0;
        for (int at = 0; at < length; units++)
        {
            byte* entry = slot.Data + at;
            if (_fresh && *(ulong*)entry != 0)
                _seen.Add(*(ulong*)entry);
            byte* dirent = entry + EntrySize;
            next = *(ulong*)(dirent + 8);
            at += EntrySize + DirentSize + (int)((*(uint*)(dirent + 16) + 7) & ~7u);
        }
        // The end: begin again.
        _ended = length == 0;
        _offsets[slot.Tag] = next;
        _units[slot.Tag] = units;
        _busy[slot.Tag] = false;
        return true;
    }

    public override int UnitsOf(LoadSlot slot) => _units[slot.Tag];

    public override void Recover()
    {
        if (!_fresh)
            return;
        foreach (ulong node in _seen)
            _contestant.Forgets.Send(node);
        _contestant.Forgets.Drain();
        _seen.Clear();
        _offsets[0] = 0;
        _ended = false;
    }
}
