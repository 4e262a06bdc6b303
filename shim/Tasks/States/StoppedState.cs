using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process has ended; its exit is kept until it is deleted.</summary>
internal sealed class StoppedState(GuestProcess process, ProcessExit exit) : ProcessState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Stopped;

    /// <inheritdoc/>
    public override ProcessExit? Exit => exit;

    /// <inheritdoc/>
    protected override string Name => "stopped";

    /// <inheritdoc/>
    public override Task KillAsync(uint signal, bool all, CancellationToken cancel) =>
        throw new TtrpcException(StatusCode.NotFound, $"{Process.Name}: process already finished");

    /// <inheritdoc/>
    public override async Task<ProcessExit> DeleteAsync(CancellationToken cancel)
    {
        await Process.RemoveAsync(exit, cancel).ConfigureAwait(false);
        return exit;
    }
}
