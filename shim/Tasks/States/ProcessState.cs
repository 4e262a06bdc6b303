using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>
/// What a process can be asked for in one state of its life: created → running → stopped → deleted, with pausing and paused beside
/// running for a container's init.
/// </summary>
/// <param name="process">The process whose state this is.</param>
internal abstract class ProcessState(GuestProcess process)
{
    /// <summary>As containerd names it.</summary>
    public abstract Status Status { get; }

    /// <summary>How it ended, once it has.</summary>
    public virtual ProcessExit? Exit => null;

    /// <summary>Whether the process is there in the guest: then it can be signalled at any time.</summary>
    public virtual bool Lives => false;

    /// <summary>The process.</summary>
    protected GuestProcess Process { get; } = process;

    /// <summary>Name of the state in errors.</summary>
    protected abstract string Name { get; }

    /// <summary>Starts the process. The caller holds the process's gate.</summary>
    /// <param name="cancel">Gives up.</param>
    public virtual Task StartAsync(CancellationToken cancel) => throw Refused("start");

    /// <summary>Signals the process. The caller holds the gate, unless the process runs.</summary>
    /// <param name="signal">Number of the signal.</param>
    /// <param name="all">Whether it is for every process of the container.</param>
    /// <param name="cancel">Gives up.</param>
    public virtual Task KillAsync(uint signal, bool all, CancellationToken cancel) => throw Refused("kill");

    /// <summary>Stops the processes of the container. The caller holds the gate.</summary>
    /// <param name="cancel">Gives up.</param>
    public virtual Task PauseAsync(CancellationToken cancel) => throw Refused("pause");

    /// <summary>Lets the processes of the container go on. The caller holds the gate.</summary>
    /// <param name="cancel">Gives up.</param>
    public virtual Task ResumeAsync(CancellationToken cancel) => throw Refused("resume");

    /// <summary>Sets the size of the terminal.</summary>
    /// <param name="rows">Lines.</param>
    /// <param name="columns">Characters per line.</param>
    /// <param name="cancel">Gives up.</param>
    public virtual Task ResizeAsync(uint rows, uint columns, CancellationToken cancel) => throw Refused("resize the terminal of");

    /// <summary>Removes the process. The caller holds the gate.</summary>
    /// <param name="cancel">Gives up.</param>
    public virtual Task<ProcessExit> DeleteAsync(CancellationToken cancel) => throw Refused("delete");

    /// <summary>The answer for what this state does not allow.</summary>
    /// <param name="verb">What was asked for.</param>
    protected TtrpcException Refused(string verb) =>
        new(StatusCode.FailedPrecondition, $"cannot {verb} {Process.Name}: it is {Name}");
}
