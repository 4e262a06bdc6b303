using System;
using KataShimNet.Fsd.Exports;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Inodes;

/// <summary>An open file in use by a request: its descriptor stays open until <see cref="Dispose"/>. To be disposed of once.</summary>
internal readonly struct HandlePin : IDisposable
{
    private readonly HandleTable? _table;
    private readonly ulong _handle;

    /// <summary>Why there is none.</summary>
    public HandlePin(Errno error)
    {
        Error = error;
        Fd = -1;
        Bucket = -1;
    }

    /// <summary>An open file, pinned in its table.</summary>
    public HandlePin(HandleTable table, ulong handle, int fd, Export? export)
    {
        _table = table;
        _handle = handle;
        Fd = fd;
        Export = export;
    }

    /// <summary>None for a good pin.</summary>
    public Errno Error { get; }

    /// <summary>Its descriptor; −1 for the synthetic root.</summary>
    public int Fd { get; }

    /// <summary>Its export; null for the synthetic root.</summary>
    public Export? Export { get; }

    /// <summary>The file's place among those that guests have open; −1 when it is not counted there.</summary>
    public int Bucket { get; init; }

    /// <summary>The inode, as the guest calls it.</summary>
    public ulong NodeId { get; init; }

    /// <summary>Lets it go.</summary>
    public void Dispose() => _table?.Unpin(_handle);
}
