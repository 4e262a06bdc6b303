using System;
using System.Threading.Tasks;
using KataShimNet.Agent.Processes;
using KataShimNet.Agent.Streams;
using KataShimNet.Linux;
using KataShimNet.Linux.Interop;

namespace KataShimNet.Agent.Containers;

/// <summary>A process of a container with its streams: the first one, or one that ExecProcess added.</summary>
/// <param name="reaper">Signals it.</param>
/// <param name="pid">Its number in the guest.</param>
/// <param name="exit">Its end.</param>
/// <param name="streams">Our ends of its streams; owned from here on.</param>
internal sealed class ContainerProcess(Reaper reaper, int pid, Task<ChildExit> exit, ProcessStreams streams) : IDisposable
{
    /// <summary>Number in the guest.</summary>
    public int Pid => pid;

    /// <summary>Its end.</summary>
    public Task<ChildExit> Exit => exit;

    /// <summary>Our ends of its streams.</summary>
    public ProcessStreams Streams => streams;

    /// <summary>
    /// Sends a signal; a process that has ended already is no error. SIGTERM to a container's first process that neither handles nor
    /// ignores it becomes SIGKILL, as Kata does: the kernel would drop it, and whoever stops the container would wait out the grace period.
    /// </summary>
    /// <param name="signal">1 to 64; 0 only checks.</param>
    public void Kill(int signal) =>
        reaper.Kill(pid, exit, signal == Signals.SIGTERM && SignalMasks.Of(pid).Loses(signal) ? Signals.SIGKILL : signal);

    /// <summary>Closes the streams.</summary>
    public void Dispose() => streams.Dispose();
}
