using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process runs in the guest.</summary>
internal sealed class RunningState(GuestProcess process) : ProcessState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Running;

    /// <inheritdoc/>
    protected override string Name => "running";

    /// <inheritdoc/>
    public override Task KillAsync(uint signal, CancellationToken cancel) => Process.SignalAsync(signal, cancel);

    /// <inheritdoc/>
    public override Task ResizeAsync(uint rows, uint columns, CancellationToken cancel) => Process.Agent.ResizeAsync(rows, columns, cancel);
}
