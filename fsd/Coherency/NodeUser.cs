using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Coherency;

/// <summary>What one daemon does with a file. Written by that daemon alone, under the bucket's lock.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct NodeUser
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 16;

    /// <summary>Number of the daemon plus one; 0: the record is free.</summary>
    [FieldOffset(0)] public ushort Daemon;

    /// <summary>Lower half of the generation of the worker that wrote the counts.</summary>
    [FieldOffset(2)] public ushort Worker;

    /// <summary>Generation of the daemon.</summary>
    [FieldOffset(4)] public uint Generation;

    /// <summary>Open files of its guest. A count that reaches its end stays there.</summary>
    [FieldOffset(8)] public ushort Opens;

    /// <summary>Those of them that can write.</summary>
    [FieldOffset(10)] public ushort Writers;

    /// <summary>Ranges of the file in the guest's DAX window.</summary>
    [FieldOffset(12)] public ushort Maps;

    /// <summary>Changes that are being made.</summary>
    [FieldOffset(14)] public ushort Changing;

    /// <summary>Whether nothing is counted.</summary>
    public readonly bool IsIdle => (Opens | Writers | Maps | Changing) == 0;
}
