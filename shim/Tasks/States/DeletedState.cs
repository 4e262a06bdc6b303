using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.AgentProto.Ttrpc;

namespace KataShimNet.Shim.Tasks.States;

/// <summary>The process is forgotten; only calls that were already under way still meet it.</summary>
internal sealed class DeletedState(GuestProcess process, ProcessExit exit) : ProcessState(process)
{
    /// <inheritdoc/>
    public override Status Status => Status.Stopped;

    /// <inheritdoc/>
    public override ProcessExit? Exit => exit;

    /// <inheritdoc/>
    protected override string Name => "deleted";

    /// <inheritdoc/>
    public override Task KillAsync(uint signal, bool all, CancellationToken cancel) => throw Gone();

    /// <inheritdoc/>
    public override Task<ProcessExit> DeleteAsync(CancellationToken cancel) => throw Gone();

    private TtrpcException Gone() => new(StatusCode.NotFound, $"{Process.Name} is deleted");
}
