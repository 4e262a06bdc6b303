using System.Collections.Generic;
using System.Threading.Tasks;
using KataShimNet.Sandboxes;

namespace KataShimNet.Cli.Exec;

/// <summary>The guest's own root, past all containers; only with setting <c>agent.debug_console</c>.</summary>
internal sealed class GuestPlace : IExecPlace
{
    /// <inheritdoc/>
    public string Service => "katanet.shim.v1.Guest";

    /// <inheritdoc/>
    public string ContainerId => "";

    /// <inheritdoc/>
    public string Shell => "sh";

    /// <inheritdoc/>
    public Task<byte[]> SpecAsync(ShimConnection shim, IReadOnlyList<string> command, bool terminal) =>
        Task.FromResult(ProcessSpec.InGuest(command, terminal));
}
