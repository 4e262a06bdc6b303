namespace KataShimNet.CoherencyTests.Histories;

/// <summary>What a client did; the numbers are those of <c>enum operation</c> in worker/worker.h.</summary>
internal enum Operation : byte
{
    Stat = 1,
    Chmod = 2,
    Truncate = 3,
    Open = 4,
    Close = 5,
    Read = 6,
    Write = 7,
    Fstat = 8,
    Fchmod = 9,
    Ftruncate = 10,
    Unlink = 11,
    Rmdir = 12,
    Mkdir = 13,
    Link = 14,
    Rename = 15,
    List = 16,

    /// <summary>A read of a unit through a shared memory map.</summary>
    Load = 17,

    /// <summary>A write of the first unit through a shared memory map.</summary>
    Store = 18,
}
