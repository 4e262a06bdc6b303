namespace KataShimNet.Fsd.State;

/// <summary>A record of a table that outlives the worker.</summary>
internal interface ITableSlot
{
    /// <summary>
    /// Whether the record counts. Written last when it is added and first when it is taken away, so that a worker killed between any
    /// two instructions leaves whole records only.
    /// </summary>
    bool IsLive { get; }

    /// <summary>The descriptor that the record owns, as the worker that wrote it numbers it; −1 for none.</summary>
    int Fd { get; set; }
}
