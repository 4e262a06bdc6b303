using System.Runtime.InteropServices;

namespace KataShimNet.Fsd.Coherency;

/// <summary>The start of a bucket: 256 bytes, then its slots.</summary>
[StructLayout(LayoutKind.Explicit, Size = TotalSize)]
internal struct BucketHead
{
    /// <summary>Bytes of the structure.</summary>
    public const int TotalSize = 256;

    /// <summary>Who has the lock, as <see cref="LockOwner"/> writes it; 0: nobody.</summary>
    [FieldOffset(0)] public ulong Lock;

    /// <summary>Until when nobody gets a lease in this bucket: somebody changes a file for which there was no room.</summary>
    [FieldOffset(8)] public long ClosedUntil;

    /// <summary>When a file was last changed whose slot went to another: a new slot knows no better.</summary>
    [FieldOffset(16)] public long ChangedAt;
}
