using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The guest stops the processes of the container, one after the other.</summary>
internal sealed class PausingState(GuestProcess process) : LivingState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Pausing;

    /// <inheritdoc/>
    protected override string Name => "being paused";
}
