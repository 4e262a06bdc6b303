using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Memory;

namespace KataShimNet.VhostFrontEnd.Rings;

/// <summary>The driver's side of a virtqueue, split or packed. Any number of threads may submit and wait.</summary>
/// <remarks>
/// <see cref="Ring"/> is open to callers that want to write nonsense into it; a queue used that way is not used through
/// <see cref="Submit"/> afterwards without <see cref="Reset"/>.
/// </remarks>
public sealed unsafe class VirtQueue : IDisposable
{
    private readonly GuestMemory _memory;
    private readonly bool _eventIndex;
    private readonly VringLayout? _ring;
    private readonly Lock _lock = new();
    // The following are guarded by _lock.
    private readonly Stack<ushort> _free = [];
    private readonly Dictionary<ushort, PendingRequest> _pending = [];
    private readonly Dictionary<ushort, ushort[]> _chains = [];
    private ushort _availIndex;
    private ushort _lastUsed;
    // Taken before _lock. Guards _polling: one waiter polls the call eventfd, the others wait for a pulse.
    private readonly object _turn = new();
    private bool _polling;

    /// <summary>Makes a queue with empty rings and new eventfds.</summary>
    /// <param name="memory">Where its rings lie.</param>
    /// <param name="index">Its number: 0 is the high-priority queue, requests start at 1.</param>
    /// <param name="size">Descriptors, a power of two.</param>
    /// <param name="indirect">Whether requests of several segments use an indirect table.</param>
    /// <param name="eventIndex">Whether EVENT_IDX was negotiated.</param>
    /// <param name="packed">Whether RING_PACKED was negotiated.</param>
    public VirtQueue(GuestMemory memory, int index, ushort size, bool indirect, bool eventIndex, bool packed = false)
    {
        _memory = memory;
        _eventIndex = eventIndex;
        Index = index;
        Indirect = indirect;
        Packed = packed ? new PackedLayout(memory, size) : null;
        _ring = packed ? null : new VringLayout(memory, size);
        Kick = new EventFd();
        Call = new EventFd(OwnedFd.FromCall(SysEventfd.eventfd(0, SysEventfd.EFD_CLOEXEC | SysEventfd.EFD_NONBLOCK), "eventfd"));
        Reset();
    }

    /// <summary>Number of the queue.</summary>
    public int Index { get; }

    /// <summary>Whether requests of several segments use an indirect table.</summary>
    public bool Indirect { get; set; }

    /// <summary>The rings in guest memory, of a split queue.</summary>
    public VringLayout Ring => _ring ?? throw new InvalidOperationException($"queue {Index} is packed");

    /// <summary>The ring in guest memory, of a packed queue; else null.</summary>
    public PackedLayout? Packed { get; }

    /// <summary>Number of descriptors.</summary>
    public ushort Size => Packed?.Size ?? Ring.Size;

    /// <summary>Guest addresses of the three parts: descriptors, what the driver writes, what the device writes.</summary>
    public (ulong Descriptors, ulong Driver, ulong Device) Parts =>
        Packed is { } packed ? (packed.Ring, packed.DriverEvents, packed.DeviceEvents) : (Ring.Table, Ring.Avail, Ring.Used);

    /// <summary>Wakes the device.</summary>
    public EventFd Kick { get; }

    /// <summary>Wakes the driver.</summary>
    public EventFd Call { get; }

    /// <summary>The used index up to which elements were taken.</summary>
    public ushort LastUsed
    {
        get
        {
            lock (_lock)
                return _lastUsed;
        }
    }

    /// <summary>Forgets all requests and zeroes the rings; the back end's base has to be set to 0 as well.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            foreach (var request in _pending.Values)
                FreeTable(request);
            _pending.Clear();
            _chains.Clear();
            _free.Clear();
            for (var i = Size - 1; i >= 0; i--)
                _free.Push((ushort)i);
            _availIndex = _lastUsed = 0;
            _ring?.Clear();
            Packed?.Clear();
        }

        _ = Call.Wait();
    }

    /// <summary>Makes a request available and kicks when the device wants it.</summary>
    /// <param name="segments">Readable ones first.</param>
    /// <exception cref="InvalidOperationException">The ring has too few free descriptors.</exception>
    public PendingRequest Submit(ReadOnlySpan<Segment> segments)
    {
        PendingRequest request;
        bool kick;
        lock (_lock)
        {
            if (Packed is { } packed)
                return SubmitPacked(packed, segments);
            request = Indirect && segments.Length > 1 ? PlaceIndirect(segments) : PlaceDirect(segments);
            Ring.SetAvail(_availIndex, request.Head);
            var before = _availIndex++;
            Ring.AvailIndex = _availIndex;
            // The device's wish is read only after the index is visible to it.
            Interlocked.MemoryBarrier();
            kick = _eventIndex ? Ring.AvailEvent == before : (Ring.UsedFlags & VringLayout.UsedNoNotify) == 0;
        }

        if (kick)
            Kick.Signal();
        return request;
    }

    /// <summary>Takes descriptors out of use, for chains that are written by hand into <see cref="Ring"/>. They come back with <see cref="Reset"/>.</summary>
    public ushort[] Reserve(int count)
    {
        lock (_lock)
            return TakeDescriptors(count);
    }

    /// <summary>Makes a chain available that was written by hand, and kicks.</summary>
    /// <param name="head">Its first descriptor, from <see cref="Reserve"/>.</param>
    public PendingRequest SubmitHead(ushort head)
    {
        PendingRequest request;
        lock (_lock)
        {
            request = Remember(new PendingRequest(head, 0), []);
            Ring.SetAvail(_availIndex, head);
            Ring.AvailIndex = ++_availIndex;
        }

        Kick.Signal();
        return request;
    }

    /// <summary>Waits until the device has used a request.</summary>
    /// <param name="request">What <see cref="Submit"/> returned.</param>
    /// <param name="timeout">Longest wait.</param>
    /// <returns>False when the time is over.</returns>
    public bool TryWait(PendingRequest request, TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        lock (_turn)
        {
            while (!ReapFor(request))
            {
                var left = timeout - clock.Elapsed;
                if (left <= TimeSpan.Zero)
                    return false;
                if (_polling)
                    Monitor.Wait(_turn, left);
                else
                    PollOnce(left);
            }

            return true;
        }
    }

    /// <summary>Waits until the used index reaches a value, for chains that were written by hand.</summary>
    /// <returns>False when the time is over.</returns>
    public bool TryWaitUsedIndex(ushort index, TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        while (Ring.UsedIndex != index)
        {
            var left = (int)(timeout - clock.Elapsed).TotalMilliseconds;
            if (left <= 0)
                return false;
            var poll = new PollFd { Fd = Call.Fd, Events = Poll.POLLIN };
            if (Poll.poll(&poll, 1, left) > 0)
                _ = Call.Wait();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ring?.Dispose();
        Packed?.Dispose();
        Kick.Dispose();
        Call.Dispose();
    }

    // Called with _turn held; lets go of it while it polls.
    private void PollOnce(TimeSpan limit)
    {
        _polling = true;
        Monitor.Exit(_turn);
        try
        {
            var poll = new PollFd { Fd = Call.Fd, Events = Poll.POLLIN };
            if (Poll.poll(&poll, 1, (int)Math.Ceiling(limit.TotalMilliseconds)) > 0)
                _ = Call.Wait();
        }
        finally
        {
            Monitor.Enter(_turn);
            _polling = false;
            Monitor.PulseAll(_turn);
        }
    }

    // Who takes used elements of others wakes them: the device may leave its signal out once used_event has moved on.
    private bool ReapFor(PendingRequest request)
    {
        if (Reap() > 0)
        {
            Monitor.PulseAll(_turn);
            if (_polling)
                Call.Signal();
        }

        return request.IsUsed;
    }

    private PendingRequest SubmitPacked(PackedLayout packed, ReadOnlySpan<Segment> segments)
    {
        var since = packed.Next;
        var table = 0ul;
        ushort id;
        if (Indirect && segments.Length > 1)
        {
            var length = segments.Length * Descriptor.Size;
            table = _memory.Allocate((ulong)length);
            var bytes = _memory.Span(table, length);
            for (var i = 0; i < segments.Length; i++)
                PackedLayout.Encode(bytes[(i * Descriptor.Size)..], segments[i]);
            id = packed.Offer([new Segment(table, (uint)length, false)], indirect: true);
        }
        else
        {
            id = packed.Offer(segments, indirect: false);
        }

        var request = Remember(new PendingRequest(id, table), []);
        if (packed.WantsKick(since, _eventIndex))
            Kick.Signal();
        return request;
    }

    private int ReapPacked(PackedLayout packed)
    {
        for (var taken = 0; ;)
        {
            while (packed.TryTake(out var id, out var length))
            {
                Take((id, length));
                taken++;
            }

            packed.Arm(_eventIndex);
            Interlocked.MemoryBarrier();
            if (!packed.HasUsed)
                return taken;
        }
    }

    private PendingRequest PlaceDirect(ReadOnlySpan<Segment> segments)
    {
        var chain = TakeDescriptors(segments.Length);
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            Ring.SetDescriptor(chain[i], ToDescriptor(segments[i], last ? null : chain[i + 1]));
        }

        return Remember(new PendingRequest(chain[0], 0), chain);
    }

    private PendingRequest PlaceIndirect(ReadOnlySpan<Segment> segments)
    {
        var chain = TakeDescriptors(1);
        var length = segments.Length * Descriptor.Size;
        var table = _memory.Allocate((ulong)length);
        var bytes = _memory.Span(table, length);
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            VringLayout.Encode(bytes[(i * Descriptor.Size)..], ToDescriptor(segments[i], last ? null : (ushort)(i + 1)));
        }

        Ring.SetDescriptor(chain[0], new Descriptor(table, (uint)length, DescriptorFlags.Indirect, 0));
        return Remember(new PendingRequest(chain[0], table), chain);
    }

    private static Descriptor ToDescriptor(Segment segment, ushort? next) => new(
        segment.Address,
        segment.Length,
        (segment.Writable ? DescriptorFlags.Write : 0) | (next is null ? 0 : DescriptorFlags.Next),
        next ?? 0);

    private ushort[] TakeDescriptors(int count)
    {
        if (_free.Count < count)
            throw new InvalidOperationException($"queue {Index}: {count} descriptors are wanted, {_free.Count} are free");
        var chain = new ushort[count];
        for (var i = 0; i < count; i++)
            chain[i] = _free.Pop();
        return chain;
    }

    private PendingRequest Remember(PendingRequest request, ushort[] chain)
    {
        _pending.Add(request.Head, request);
        _chains.Add(request.Head, chain);
        return request;
    }

    // Takes all used elements. The used event is moved on before the last look, so that no interrupt is missed.
    private int Reap()
    {
        var taken = 0;
        lock (_lock)
        {
            if (Packed is { } packed)
                return ReapPacked(packed);
            do
            {
                for (; _lastUsed != Ring.UsedIndex; taken++)
                    Take(Ring.GetUsed(_lastUsed++));
                if (_eventIndex)
                    Ring.UsedEvent = _lastUsed;
                Interlocked.MemoryBarrier();
            }
            while (_lastUsed != Ring.UsedIndex);
        }

        return taken;
    }

    private void Take((uint Id, uint Length) element)
    {
        if (element.Id >= Size || !_pending.Remove((ushort)element.Id, out var request))
            throw new FrontEndException($"queue {Index}: a used element names head {element.Id}, which is not in flight");
        foreach (var descriptor in _chains[request.Head])
            _free.Push(descriptor);
        _chains.Remove(request.Head);
        FreeTable(request);
        request.Written = element.Length;
        request.IsUsed = true;
    }

    private void FreeTable(PendingRequest request)
    {
        if (request.IndirectTable != 0)
            _memory.Free(request.IndirectTable);
    }
}
