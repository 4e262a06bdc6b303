using KataShimNet.Fsd.Coherency;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Inodes;

/// <summary>An inode in use by a request: its descriptor stays open until <see cref="Dispose"/>, whatever else happens.</summary>
internal readonly unsafe ref struct InodePin
{
    private readonly InodeTable? _table;
    private readonly MountSlot* _mount;
    private readonly ulong _inode;

    /// <summary>Why there is none.</summary>
    public InodePin(Errno error)
    {
        Error = error;
        Fd = -1;
        Export = null!;
    }

    /// <summary>An inode, pinned in its table.</summary>
    public InodePin(InodeTable table, ulong nodeId, uint type, int fd, ulong inode, MountSlot* mount, Export export)
    {
        _table = table;
        _mount = mount;
        NodeId = nodeId;
        Fd = fd;
        Type = type;
        _inode = inode;
        Export = export;
    }

    /// <summary>None for a good pin.</summary>
    public Errno Error { get; }

    /// <summary>Its O_PATH descriptor.</summary>
    public int Fd { get; }

    /// <summary>S_IFMT bits.</summary>
    public uint Type { get; }

    /// <summary>Mount id: a child with another one begins a submount.</summary>
    public ulong Mount => _mount->Mount;

    /// <summary>Device number.</summary>
    public ulong Device => _mount->Device;

    /// <summary>What the node's other daemons know the file by.</summary>
    public FileKey Key => new(_mount->Device, _inode);

    /// <summary>Its export; not to be read when there is an error.</summary>
    public Export Export { get; }

    /// <summary>The node id as the table counts, also for the root.</summary>
    public ulong NodeId { get; }

    /// <summary>Lets it go.</summary>
    public void Dispose() => _table?.Unpin(NodeId);
}
