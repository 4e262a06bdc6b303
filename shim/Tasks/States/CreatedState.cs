using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process is known, and does not run yet.</summary>
internal sealed class CreatedState(GuestProcess process) : ProcessState(process)
{
    private const int ShellSignalBase = 128;

    /// <inheritdoc/>
    public override Status Status => Status.Created;

    /// <inheritdoc/>
    protected override string Name => "created, not running";

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancel) => Process.LaunchAsync(cancel);

    /// <summary>Ends the process before it ran: clients that give up after Create wait for an exit.</summary>
    /// <inheritdoc/>
    public override async Task KillAsync(uint signal, bool all, CancellationToken cancel)
    {
        // Signal 0 only asks, and SIGCHLD, SIGCONT, SIGURG and SIGWINCH end nobody.
        if (signal is 0 or 17 or 18 or 23 or 28)
            return;
        await Process.DiscardAsync(ProcessExit.Now(ShellSignalBase + signal), announce: true, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<ProcessExit> DeleteAsync(CancellationToken cancel)
    {
        var exit = ProcessExit.Now(ProcessExit.Killed);
        // An exec that could not be started has no end of its own: Docker would take its status for that of the failed start.
        await Process.DiscardAsync(exit, announce: Process.ExecId.Length == 0, cancel).ConfigureAwait(false);
        await Process.RemoveAsync(exit, cancel).ConfigureAwait(false);
        return exit;
    }
}
