namespace KataShimNet.Fsd.Rings;

/// <summary>What is wrong with a request or with its ring.</summary>
internal enum RingFault
{
    /// <summary>Nothing.</summary>
    None,

    // Faults of one request: it is given back unread.

    /// <summary>The chain comes back to itself, or is longer than its table.</summary>
    Loop,
    /// <summary>The next descriptor is outside of the table.</summary>
    NextOutOfRange,
    /// <summary>A descriptor points to what is not guest memory.</summary>
    BadAddress,
    /// <summary>More segments than are served, or more than 4 GiB.</summary>
    TooLong,
    /// <summary>A readable descriptor behind a writable one.</summary>
    ReadableAfterWritable,
    /// <summary>An indirect table where none may be: not negotiated, inside another, or not at the end of its chain.</summary>
    BadIndirect,

    // Faults of the ring itself: the queue stops.

    /// <summary>The guest claims more requests than the ring has entries.</summary>
    IndexJumped,
    /// <summary>A head is outside of the descriptor table.</summary>
    HeadOutOfRange,
    /// <summary>A head is made available again while its request is in flight: without an end, if its requests wait for something.</summary>
    HeadInFlight,
    /// <summary>The ring no longer lies in guest memory.</summary>
    Unmapped,
}
