using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Counters;

/// <summary>What a worker has, and what it has done, as it tells the keeper. Each number is read on its own: together they are no snapshot.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ServerNumbers
{
    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 64;

    /// <summary>Inodes that the guest knows.</summary>
    [FieldOffset(0)] public long Inodes;

    /// <summary>Those of them that have a descriptor.</summary>
    [FieldOffset(8)] public long InodeDescriptors;

    /// <summary>Files and folders that the guest holds open.</summary>
    [FieldOffset(16)] public long OpenFiles;

    /// <summary>Ranges of files that are locked.</summary>
    [FieldOffset(24)] public long Locks;

    /// <summary>Requests that wait for a lock.</summary>
    [FieldOffset(32)] public long LockWaiters;

    /// <summary>Requests that had to wait for leases of other guests.</summary>
    [FieldOffset(40)] public long Parked;

    /// <summary>Bytes that READ took from files.</summary>
    [FieldOffset(48)] public long BytesRead;

    /// <summary>Bytes that WRITE put into files.</summary>
    [FieldOffset(56)] public long BytesWritten;
}
