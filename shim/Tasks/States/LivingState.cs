using System.Threading;
using System.Threading.Tasks;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process is there in the guest, running or stopped in its tracks.</summary>
internal abstract class LivingState(GuestProcess process) : ProcessState(process)
{
    /// <inheritdoc/>
    public override bool Lives => true;

    /// <inheritdoc/>
    public override Task KillAsync(uint signal, bool all, CancellationToken cancel) => Process.SignalAsync(signal, all, cancel);

    /// <inheritdoc/>
    public override Task ResizeAsync(uint rows, uint columns, CancellationToken cancel) => Process.Agent.ResizeAsync(rows, columns, cancel);
}
