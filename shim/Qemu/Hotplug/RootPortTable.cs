using System;
using System.Collections.Generic;
using System.Linq;

namespace KataShimNet.Shim.Qemu.Hotplug;

/// <summary>The machine's root ports, and which of them are taken. Made before QEMU, so that a device of the command line can take one too.</summary>
internal sealed class RootPortTable
{
    /// <summary>Most ports that a machine can have: bus 0 has 32 slots, of which other devices need some.</summary>
    public const int Most = 28;

    // Slots below belong to the host bridge and to the devices that every machine has; slot 31 is the chipset's.
    private const int FirstSlot = 2;

    private readonly object _gate = new();
    // Guarded by _gate.
    private readonly SortedSet<int> _free;

    /// <summary>Makes the table.</summary>
    /// <param name="count">Number of ports, 0 to <see cref="Most"/>.</param>
    public RootPortTable(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Most);
        All = [.. Enumerable.Range(FirstSlot, count).Select(slot => new RootPort(slot))];
        _free = [.. All.Select(port => port.Slot)];
    }

    /// <summary>All ports.</summary>
    public IReadOnlyList<RootPort> All { get; }

    /// <summary>Takes a free port.</summary>
    /// <exception cref="QmpException">All are taken; the text names the setting.</exception>
    public RootPort Take()
    {
        lock (_gate)
        {
            if (_free.Count == 0)
                throw new QmpException(
                    $"all {All.Count} hot-plug ports of the machine are taken; set hypervisor.hotplug_ports higher (at most {Most})");
            var slot = _free.Min;
            _free.Remove(slot);
            return new RootPort(slot);
        }
    }

    /// <summary>Gives a port back, once nothing is behind it.</summary>
    public void Return(RootPort port)
    {
        lock (_gate)
            _free.Add(port.Slot);
    }
}
