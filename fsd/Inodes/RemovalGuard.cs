namespace KataShimNet.Fsd.Inodes;

/// <summary>
/// Keeps a file that the guest knows usable while a request removes a name of it: what a guest has as its working directory or by an
/// O_PATH descriptor goes on working without a name, as on a local disk. To be disposed of after the removal, once.
/// </summary>
internal readonly ref struct RemovalGuard
{
    private readonly InodeTable? _table;
    private readonly ulong _nodeId;

    /// <summary>Makes a guard.</summary>
    /// <param name="table">Whose; null when there is nothing to guard.</param>
    /// <param name="nodeId">The inode that was pinned; 0 when it is only the removal that is counted.</param>
    public RemovalGuard(InodeTable? table, ulong nodeId)
    {
        _table = table;
        _nodeId = nodeId;
    }

    /// <summary>Lets it go.</summary>
    public void Dispose() => _table?.EndRemoval(_nodeId);
}
