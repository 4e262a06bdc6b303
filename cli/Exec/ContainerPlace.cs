using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Containerd.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Exec;

/// <summary>A container of the sandbox.</summary>
/// <param name="containerId">Its id.</param>
internal sealed class ContainerPlace(string containerId) : IExecPlace
{
    /// <inheritdoc/>
    public string Service => "containerd.task.v3.Task";

    /// <inheritdoc/>
    public string ContainerId => containerId;

    /// <inheritdoc/>
    public string Shell => "/bin/sh";

    /// <inheritdoc/>
    public async Task<byte[]> SpecAsync(ShimConnection shim, IReadOnlyList<string> command, bool terminal)
    {
        StateResponse state = await shim.CallAsync(
            Service, "State", new StateRequest { Id = containerId }, StateResponse.Parser, ShimConnection.Patience, CancellationToken.None).ConfigureAwait(false);
        return ProcessSpec.InContainer(state.Bundle, command, terminal);
    }
}
