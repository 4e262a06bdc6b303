using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.State;

/// <summary>What a shard remembers beside its records, in the file's first page.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct ShardHeader
{
    /// <summary>Bytes of the structure: a cache line, for each shard has another lock.</summary>
    public const int TotalSize = 64;

    /// <summary>Records that may be in use: those from here on were never written, or were given back.</summary>
    [FieldOffset(0)] public int Used;

    /// <summary>Counts records that were added, for their generation; 0 is none.</summary>
    [FieldOffset(4)] public uint Generation;
}
