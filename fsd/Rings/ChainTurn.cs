namespace KataShimNet.Fsd.Rings;

/// <summary>Whose turn it is with a chain. A processor may complete a request that it defers before the queue thread hears of the deferral.</summary>
internal enum ChainTurn
{
    /// <summary>The queue thread has it.</summary>
    QueueThread,
    /// <summary>It was completed while the queue thread had it: the queue thread gives it back.</summary>
    CompletedEarly,
    /// <summary>It is deferred: who completes it gives it back.</summary>
    Deferred,
}
