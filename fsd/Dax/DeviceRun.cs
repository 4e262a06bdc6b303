using System.Threading;

namespace KataShimNet.Fsd.Dax;

/// <summary>
/// Whether QEMU may be asked for mappings: its rings run, and nobody is about to stop the machine. A request that reaches a stopped
/// device ends QEMU 11.1, not each time but soon.
/// </summary>
internal sealed class DeviceRun
{
    // Guards the fields and is pulsed when they change. Held for no call, so the connection's thread may take it at any time.
    private readonly object _gate = new();
    private bool _ringsRun;
    private bool _held;
    private bool _ended;

    /// <summary>Whether mappings may be asked for.</summary>
    public bool MayMap
    {
        get
        {
            lock (_gate)
                return _ringsRun && !_held;
        }
    }

    /// <summary>Says that the first ring was started, or the last one stopped.</summary>
    public void SetRings(bool run)
    {
        lock (_gate)
        {
            _ringsRun = run;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says that the machine is about to be stopped, or goes on.</summary>
    public void SetHeld(bool held)
    {
        lock (_gate)
        {
            _held = held;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says that there is nothing to wait for any more: the front end is gone, or there is a new one.</summary>
    public void SetEnded(bool ended)
    {
        lock (_gate)
        {
            _ended = ended;
            _ringsRun &= !ended;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until mappings may be asked for.</summary>
    /// <returns>False when that will not be.</returns>
    public bool Await()
    {
        lock (_gate)
        {
            while (!_ended && !(_ringsRun && !_held))
                Monitor.Wait(_gate);
            return !_ended;
        }
    }
}
