using System;
using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Exports;
using KataShimNet.Fsd.Inodes;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Fsd.Fuse;

/// <summary>
/// The files that a request changes, announced to the node's other daemons before and after. One object per request that is worked on, used
/// again. Where an export is not shared, or there is no table, it does nothing.
/// </summary>
/// <param name="server">The server.</param>
internal sealed unsafe class FileChange(FuseServer server) : IDisposable
{
    // RENAME: two folders and two files.
    private readonly ChangedFile[] _files = new ChangedFile[4];
    private Coherence? _coherence;
    private int _count;
    private uint _begun;

    /// <summary>Begins the list, empty.</summary>
    /// <param name="policy">Of the export.</param>
    public FileChange In(ServingPolicy policy)
    {
        _coherence = policy.Leased ? server.Coherence : null;
        _count = 0;
        _begun = 0;
        return this;
    }

    /// <summary>Adds an inode.</summary>
    public FileChange With(in InodePin node)
    {
        if (_coherence is not null)
            Add(new ChangedFile(node.Key, node.NodeId));
        return this;
    }

    /// <summary>Adds what is at a name, if anything is.</summary>
    /// <param name="parent">The folder.</param>
    /// <param name="name">The name.</param>
    public FileChange With(in InodePin parent, byte* name)
    {
        Statx statx;
        return _coherence is not null && SysStat.statx(parent.Fd, name, Fcntl.AT_SYMLINK_NOFOLLOW, SysStat.STATX_INO | SysStat.STATX_MNT_ID, &statx) == 0
            ? With(parent, statx)
            : this;
    }

    /// <summary>Adds a file of which statx(2) was asked.</summary>
    /// <param name="parent">A folder of its export.</param>
    /// <param name="statx">What it said.</param>
    public FileChange With(in InodePin parent, in Statx statx)
    {
        if (_coherence is not null)
            Add(new ChangedFile(FileKey.Of(statx), server.Inodes.NodeOf(InodeKey.Of(parent.Export.Index, statx))));
        return this;
    }

    /// <summary>Begins the change.</summary>
    /// <param name="until">When to ask again.</param>
    /// <returns>False while another guest may still believe what it knows of one of them.</returns>
    public bool TryBegin(out long until)
    {
        until = 0;
        if (_coherence is null)
            return true;
        until = _coherence.BeginChange(_files.AsSpan(0, _count), out _begun);
        return until == 0;
    }

    /// <summary>
    /// Makes another guest that has the first of the files open see new data in it: its pages are good for as long as size and modification time stay as
    /// they are, and the host sets that time before it writes, or twice the same. To be called when the data are there, before the end.
    /// </summary>
    /// <param name="fd">The file, open for writing.</param>
    public void MarkData(int fd)
    {
        if (_coherence is not null && _count > 0 && _coherence.HasOthers(_files[0].Key))
            ModificationMark.Move(fd, server.HasFineTimes);
    }

    /// <summary>Ends the change, if it was begun.</summary>
    public void Dispose()
    {
        if (_begun != 0)
            _coherence!.EndChange(_files.AsSpan(0, _count), _begun);
        _begun = 0;
        _coherence = null;
    }

    private void Add(in ChangedFile file)
    {
        // Twice the same folder, or a file onto another name of its own.
        for (var i = 0; i < _count; i++)
        {
            if (_files[i].Key == file.Key)
                return;
        }

        _files[_count++] = file;
    }
}
