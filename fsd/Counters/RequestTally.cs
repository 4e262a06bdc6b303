namespace KataShimNet.Fsd.Counters;

/// <summary>What is counted of the request in a chain, noted while it is answered.</summary>
internal struct RequestTally
{
    /// <summary>When it was taken from its ring (Stopwatch.GetTimestamp); 0 is unknown.</summary>
    public long Began;

    /// <summary>When it was answered on its queue's thread; 0 while it is not.</summary>
    public long Ended;

    /// <summary>Its opcode as the guest sent it.</summary>
    public uint Opcode;

    /// <summary>Bytes of a file that READ or WRITE moved.</summary>
    public uint Moved;

    /// <summary>Whether the answer is an error.</summary>
    public bool Failed;

    /// <summary>Who counts it when another thread answers it; null where nobody counts.</summary>
    public RequestCounters? Late;
}
