using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace KataShimNet.Shim.Sandboxes;

/// <summary>
/// How long the stages of a start took. fsd and QEMU run side by side, so the stages do not add up to the total.
/// </summary>
internal sealed class StageTimes
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _networkBegins;

    /// <summary>When it began, UTC.</summary>
    public DateTime StartedAt { get; } = DateTime.UtcNow;

    /// <summary>From fsd's start until it serves the guest's root.</summary>
    public TimeSpan Fsd { get; private set; }

    /// <summary>From QEMU's start until its monitor answers: the machine is made and runs.</summary>
    public TimeSpan Qemu { get; private set; }

    /// <summary>From there until the agent opens its channel: firmware, kernel, and the agent's own first steps.</summary>
    public TimeSpan Kernel { get; private set; }

    /// <summary>From there until the agent has made the sandbox, its network included.</summary>
    public TimeSpan Agent { get; private set; }

    /// <summary>The last part of that: until the guest has the pod's network.</summary>
    public TimeSpan Network { get; private set; }

    /// <summary>From the first step to the last.</summary>
    public TimeSpan Total { get; private set; }

    /// <summary>The stages with when each began, counted from <see cref="StartedAt"/>; one that the start did not come to took no time.</summary>
    public IEnumerable<(string Name, TimeSpan After, TimeSpan Took)> Stages =>
    [
        ("fsd", TimeSpan.Zero, Fsd), ("qemu", TimeSpan.Zero, Qemu), ("kernel", Qemu, Kernel), ("agent", Qemu + Kernel, Agent), ("network", _networkBegins, Network),
    ];

    /// <summary>fsd serves.</summary>
    public void FsdServes() => Fsd = Now;

    /// <summary>QEMU's monitor answered.</summary>
    public void QemuReady() => Qemu = Now;

    /// <summary>The agent opened its channel.</summary>
    public void AgentOpened() => Kernel = Now - Qemu;

    /// <summary>The agent has made the sandbox, and is told of the network next.</summary>
    public void NetworkBegins() => _networkBegins = Now;

    /// <summary>The sandbox is made.</summary>
    public void Finished()
    {
        Total = Now;
        Agent = Total - Qemu - Kernel;
        Network = Total - _networkBegins;
    }

    private TimeSpan Now => Stopwatch.GetElapsedTime(_start);
}
