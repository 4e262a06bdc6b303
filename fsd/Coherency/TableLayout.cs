using KataShimNet.AgentProto.FsdControl;

namespace KataShimNet.Fsd.Coherency;

/// <summary>Where things are in the table of a node, version 2. The page beside this file, README.md, is the description; what the shim knows too is in <see cref="NodeTableForm"/>.</summary>
internal static class TableLayout
{
    /// <summary>First bytes of the file: "KTNNODE2".</summary>
    public const ulong Magic = 0x32_45_44_4f_4e_4e_54_4b;

    /// <summary>Version of the layout.</summary>
    public const uint Version = 2;

    /// <summary>Number of buckets, as a power of two.</summary>
    public const int BucketBits = 13;

    /// <summary>Buckets.</summary>
    public const int Buckets = 1 << BucketBits;

    /// <summary>Bytes of a bucket: a page.</summary>
    public const int BucketSize = 4096;

    /// <summary>Inode slots of a bucket.</summary>
    public const int SlotsPerBucket = 15;

    /// <summary>Offset of the first bucket.</summary>
    public const int BucketsOffset = NodeTableForm.DaemonsOffset + (NodeTableForm.MaxDaemons * DaemonSlot.TotalSize);

    /// <summary>Bytes of the file.</summary>
    public const long FileSize = BucketsOffset + ((long)Buckets * BucketSize);
}
