using System;
using System.Diagnostics;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>
/// How long the stages of a start took. fsd and QEMU run side by side, so the stages do not add up to the total.
/// </summary>
internal sealed class StageTimes
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>From fsd's start until it serves the guest's root.</summary>
    public TimeSpan Fsd { get; private set; }

    /// <summary>From QEMU's start until its monitor answers: the machine is made and runs.</summary>
    public TimeSpan Qemu { get; private set; }

    /// <summary>From there until the agent opens its channel: firmware, kernel, and the agent's own first steps.</summary>
    public TimeSpan Kernel { get; private set; }

    /// <summary>From there until the agent has made the sandbox.</summary>
    public TimeSpan Agent { get; private set; }

    /// <summary>From the first step to the last.</summary>
    public TimeSpan Total { get; private set; }

    /// <summary>fsd serves.</summary>
    public void FsdServes() => Fsd = Now;

    /// <summary>QEMU's monitor answered.</summary>
    public void QemuReady() => Qemu = Now;

    /// <summary>The agent opened its channel.</summary>
    public void AgentOpened() => Kernel = Now - Qemu;

    /// <summary>The sandbox is made.</summary>
    public void Finished()
    {
        Total = Now;
        Agent = Total - Qemu - Kernel;
    }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_start);
}
