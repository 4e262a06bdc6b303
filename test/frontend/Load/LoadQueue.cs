using System;
using System.Diagnostics;
using System.Threading;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;
using KataShimNet.VhostFrontEnd.Memory;
using KataShimNet.VhostFrontEnd.Rings;

namespace KataShimNet.VhostFrontEnd.Load;

/// <summary>Drives a queue at full speed from one thread: no lock, no allocation per request, interrupts as Linux's driver wants them.</summary>
/// <remarks>
/// It takes a <see cref="VirtQueue"/> over that has nothing in flight and is not used through its own methods afterwards. Needs indirect
/// descriptors and EVENT_IDX.
/// </remarks>
public sealed unsafe class LoadQueue
{
    private readonly VirtQueue _queue;
    private readonly ushort* _avail;
    private readonly ushort* _used;
    private readonly int _mask;
    private readonly int _size;
    private readonly LoadSlot[] _slots;
    private ushort _availIndex;
    private ushort _lastUsed;

    /// <summary>Takes a queue over.</summary>
    /// <param name="memory">Guest memory.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="depth">Slots: most requests at a time.</param>
    /// <param name="dataRoom">Bytes of data of each slot.</param>
    public LoadQueue(GuestMemory memory, VirtQueue queue, int depth, int dataRoom)
    {
        _queue = queue;
        _size = queue.Ring.Size;
        _mask = _size - 1;
        _avail = (ushort*)memory.Pointer(queue.Ring.Avail, 6 + 2 * (ulong)_size);
        _used = (ushort*)memory.Pointer(queue.Ring.Used, 6 + 8 * (ulong)_size);
        _availIndex = queue.Ring.AvailIndex;
        _lastUsed = queue.LastUsed;
        if (_availIndex != _lastUsed || depth > _size)
            throw new InvalidOperationException($"queue {queue.Index} has requests in flight, or fewer than {depth} descriptors");
        // A blocking read is one call, poll and read are two.
        LinuxException.Check(Fcntl.fcntl(queue.Call.Fd, Fcntl.F_SETFL, 0), "fcntl", "F_SETFL");
        _slots = new LoadSlot[depth];
        for (var i = 0; i < depth; i++)
            _slots[i] = new LoadSlot(memory, i, dataRoom);
    }

    /// <summary>The slots.</summary>
    public ReadOnlySpan<LoadSlot> Slots => _slots;

    /// <summary>Requests in flight.</summary>
    public int InFlight => (ushort)(_availIndex - _lastUsed);

    /// <summary>Descriptor of the device's interrupts, for poll(2) over several queues.</summary>
    public int CallFd => _queue.Call.Fd;

    /// <summary>Makes a slot's request available, and kicks if the device wants it.</summary>
    public void Submit(LoadSlot slot)
    {
        _queue.Ring.SetDescriptor(slot.Index, new Descriptor(slot.TableAddress, (uint)slot.TableLength, DescriptorFlags.Indirect, 0));
        _avail[2 + (_availIndex & _mask)] = (ushort)slot.Index;
        var before = _availIndex++;
        Volatile.Write(ref _avail[1], _availIndex);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _used[2 + 4 * _size]) == before)
            _queue.Kick.Signal();
    }

    /// <summary>Takes a request that the device has finished.</summary>
    /// <returns>Its slot, or null when there is none.</returns>
    public LoadSlot? TryTake()
    {
        if (Volatile.Read(ref _used[1]) == _lastUsed)
            return null;
        var element = (uint*)(_used + 2) + 2 * (_lastUsed & _mask);
        _lastUsed++;
        return _slots[element[0]];
    }

    /// <summary>Asks for an interrupt at the next finished request, and looks for one for a while.</summary>
    /// <param name="spin">Ticks of <see cref="Stopwatch"/> for which to look, as KVM does before a processor of the guest sleeps.</param>
    /// <returns>False when none came.</returns>
    public bool Arm(long spin)
    {
        Volatile.Write(ref _avail[2 + _size], _lastUsed);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _used[1]) != _lastUsed)
            return true;
        if (spin == 0)
            return false;
        var end = Stopwatch.GetTimestamp() + spin;
        do
        {
            if (Volatile.Read(ref _used[1]) != _lastUsed)
                return true;
            Thread.SpinWait(4);
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }

    /// <summary>Sleeps until the device interrupts. The queue is armed.</summary>
    public void Sleep() => _ = _queue.Call.Wait();

    /// <summary>Submits a request and waits for it. Nothing else is in flight.</summary>
    public void Exchange(LoadSlot slot)
    {
        Submit(slot);
        while (TryTake() is null)
        {
            if (!Arm(0))
                Sleep();
        }
    }
}
