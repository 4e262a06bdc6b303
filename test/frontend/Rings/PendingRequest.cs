namespace KataShimNet.VhostFrontEnd.Rings;

/// <summary>A request that was made available and is waited for.</summary>
public sealed class PendingRequest
{
    internal PendingRequest(ushort head, ulong indirectTable)
    {
        Head = head;
        IndirectTable = indirectTable;
    }

    /// <summary>Its head descriptor.</summary>
    public ushort Head { get; }

    /// <summary>Whether the device has used it.</summary>
    public bool IsUsed { get; internal set; }

    /// <summary>Bytes that the device says it wrote.</summary>
    public uint Written { get; internal set; }

    // 0 when the chain lies in the ring's own table.
    internal ulong IndirectTable { get; }
}
