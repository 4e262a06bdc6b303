using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>All processes of the container are stopped. SIGKILL ends them all the same; other signals wait until they go on.</summary>
internal sealed class PausedState(GuestProcess process) : LivingState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Paused;

    /// <inheritdoc/>
    protected override string Name => "paused";

    /// <inheritdoc/>
    public override Task ResumeAsync(CancellationToken cancel) => Process.FreezeAsync(paused: false, cancel);
}
