using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Counters;

/// <summary>The numbers of one opcode, as the worker tells them to the keeper.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct OpcodeNumbers
{
    /// <summary>Buckets of the histogram: one more than there are bounds.</summary>
    public const int BucketCount = 8;

    /// <summary>Bytes of the record.</summary>
    public const int TotalSize = 24 + (BucketCount * sizeof(long));

    /// <summary>The opcode; 0 for all that are not known.</summary>
    [FieldOffset(0)] public uint Opcode;

    /// <summary>Answers that are errors.</summary>
    [FieldOffset(8)] public long Errors;

    /// <summary>Time of all answers.</summary>
    [FieldOffset(16)] public long Nanoseconds;

    /// <summary>Answers by their time.</summary>
    [FieldOffset(24)] public BucketArray Buckets;

    /// <summary>The buckets.</summary>
    [InlineArray(BucketCount)]
    public struct BucketArray
    {
        private long _first;
    }
}
