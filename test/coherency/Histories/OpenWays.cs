using System;

namespace KataShimNet.CoherencyTests.Histories;

/// <summary>How a file is opened; the bits are those of worker/worker.h.</summary>
[Flags]
internal enum OpenWays : uint
{
    None = 0,

    /// <summary>O_CREAT.</summary>
    Make = 1,

    /// <summary>O_EXCL.</summary>
    Alone = 2,

    /// <summary>O_TRUNC.</summary>
    Empty = 4,

    /// <summary>O_APPEND.</summary>
    AtEnd = 8,

    /// <summary>O_RDWR instead of O_RDONLY.</summary>
    Writable = 16,
}
