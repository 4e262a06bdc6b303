using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process runs in the guest.</summary>
internal sealed class RunningState(GuestProcess process) : LivingState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Running;

    /// <inheritdoc/>
    protected override string Name => "running";

    /// <inheritdoc/>
    public override Task PauseAsync(CancellationToken cancel) => Process.FreezeAsync(paused: true, cancel);
}
