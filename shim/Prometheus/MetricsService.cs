using System;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Prometheus;
using KataShimNet.AgentProto.ShimApi;
using KataShimNet.Shim.Sandboxes;

namespace KataShimNet.Shim.Prometheus;

/// <summary>The numbers of a sandbox, read when somebody asks.</summary>
/// <param name="identity">Which sandbox.</param>
internal sealed class MetricsService(SandboxIdentity identity)
{
    // Made when they are needed first: most servers are never asked.
    private readonly Lazy<ProcessFamilies> _shim = new(static () => new ProcessFamilies("katanet_shim"));

    /// <summary>Get.</summary>
    public Task<MetricsResponse> GetAsync(MetricsRequest request, CancellationToken cancel)
    {
        var text = new Exposition(("namespace", identity.Namespace), ("sandbox", identity.Id));
        _shim.Value.Write(text, (Environment.ProcessId, []));
        return Task.FromResult(new MetricsResponse { Text = text.ToString() });
    }
}
