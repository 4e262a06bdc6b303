using System.Threading;
using KataShimNet.Fsd.Memory;

namespace KataShimNet.Fsd.Rings;

/// <summary>Outcome of <see cref="AvailableRing.TryTake"/>.</summary>
internal enum TakeResult
{
    /// <summary>Nothing is waiting.</summary>
    Empty,
    /// <summary>A request was taken.</summary>
    Request,
    /// <summary>A request was taken that cannot be followed: to be given back with nothing written.</summary>
    Malformed,
    /// <summary>The ring itself makes no sense: the queue stops.</summary>
    Broken,
}

/// <summary>The guest's side of a split ring: descriptor table and available ring. Used by the queue thread alone, inside of memory.</summary>
/// <remarks>
/// Layout of the available ring (virtio 1.3, section 2.7.6): le16 flags, le16 idx, le16 ring[size], le16 used_event. The event index by
/// which the guest is told when to wake us lies at the end of the *used* ring.
/// </remarks>
internal sealed unsafe class AvailableRing
{
    // Used ring's flags: the guest need not wake us.
    private const ushort NoNotify = 1;

    private readonly RingSetup _setup;

    // Translated by _boundTo and valid as long as that is current.
    private MemoryTable? _boundTo;
    private byte* _descriptors;
    private ushort* _available;
    private ushort* _used;

    /// <summary>Makes the side of a ring.</summary>
    /// <param name="setup">The ring, validated.</param>
    public AvailableRing(in RingSetup setup)
    {
        _setup = setup;
        Next = setup.Base;
    }

    /// <summary>Next index to take.</summary>
    public ushort Next { get; private set; }

    /// <summary>What was wrong, after <see cref="TakeResult.Malformed"/> or <see cref="TakeResult.Broken"/>.</summary>
    public RingFault Fault { get; private set; }

    /// <summary>Finds the ring in memory.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <returns>False when it is not all there.</returns>
    public bool TryBind(MemoryTable table)
    {
        if (ReferenceEquals(_boundTo, table))
            return true;
        _descriptors = table.TranslateUser(_setup.Descriptors, _setup.DescriptorBytes);
        _available = (ushort*)table.TranslateUser(_setup.Available, _setup.AvailableBytes);
        _used = (ushort*)table.TranslateUser(_setup.Used, _setup.UsedBytes);
        _boundTo = _descriptors == null || _available == null || _used == null ? null : table;
        return _boundTo is not null;
    }

    /// <summary>Whether a request is waiting.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    public bool HasWork(MemoryTable table) => !TryBind(table) || Volatile.Read(ref _available[1]) != Next;

    /// <summary>Takes the next request.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <param name="chain">Receives it.</param>
    public TakeResult TryTake(MemoryTable table, DescriptorChain chain)
    {
        if (!TryBind(table))
            return Break(RingFault.Unmapped);
        // Acquire: entries and descriptors were written before the index.
        var waiting = (ushort)(Volatile.Read(ref _available[1]) - Next);
        if (waiting == 0)
            return TakeResult.Empty;
        if (waiting > _setup.Size)
            return Break(RingFault.IndexJumped);
        var head = Volatile.Read(ref _available[2 + (Next & (_setup.Size - 1))]);
        if (head >= _setup.Size)
            return Break(RingFault.HeadOutOfRange);
        Next++;
        Fault = ChainReader.Read(_descriptors, _setup.Size, _setup.Indirect, table, head, chain);
        return Fault == RingFault.None ? TakeResult.Request : TakeResult.Malformed;
    }

    /// <summary>Asks the guest to wake us for the next request.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    /// <returns>False when a request came in the meantime: there is no reason to sleep.</returns>
    public bool TryArm(MemoryTable table)
    {
        if (!TryBind(table))
            return false;
        if (_setup.EventIndex)
            Volatile.Write(ref *AvailableEvent, Next);
        else
            Volatile.Write(ref _used[0], 0);
        // The guest writes its index and then looks whether we want to know; we do it the other way round.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _available[1]) == Next;
    }

    /// <summary>Tells the guest that we look by ourselves. With event indexes it is enough not to move ours.</summary>
    /// <param name="table">Memory that this thread has entered.</param>
    public void Disarm(MemoryTable table)
    {
        if (!_setup.EventIndex && TryBind(table))
            Volatile.Write(ref _used[0], NoNotify);
    }

    private ushort* AvailableEvent => _used + 2 + 4 * _setup.Size;

    private TakeResult Break(RingFault fault)
    {
        Fault = fault;
        return TakeResult.Broken;
    }
}
