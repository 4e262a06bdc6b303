using System.Threading.Tasks;
using KataShimNet.AgentProto.Cri;
using KataShimNet.EndToEndTests.Cri;
using KataShimNet.EndToEndTests.Nodes;

namespace KataShimNet.EndToEndTests.Pods;

/// <summary>A pod with two containers that go on running.</summary>
public class TwoContainers(NodeFixture fixture) : PodFixture(fixture)
{
    /// <summary>Handler of the pod.</summary>
    protected virtual string Handler => PodScope.Handler;

    /// <summary>Whether the handler is there.</summary>
    public virtual bool IsThere => true;

    /// <summary>The pod.</summary>
    public Pod Pod { get; private set; } = null!;

    /// <summary>One container.</summary>
    public PodContainer First { get; private set; } = null!;

    /// <summary>The other.</summary>
    public PodContainer Second { get; private set; } = null!;

    /// <inheritdoc/>
    protected override async Task MakeAsync()
    {
        if (!IsThere)
        {
            return;
        }

        Pod = await Pods.RunPodAsync(new PodOptions
        {
            Handler = Handler,
            Hostname = "two-containers",
            Change = config =>
            {
                config.DnsConfig = new DNSConfig { Servers = { "10.96.0.10" }, Searches = { "default.svc.cluster.local", "svc.cluster.local" }, Options = { "ndots:5" } };
                config.Annotations["example.org/note"] = "kept";
            },
        });
        First = await Pod.StartAsync(new PodContainerOptions { Name = "first" }, "sh", "-c", "echo first runs; sleep 1000000");
        Second = await Pod.StartAsync(new PodContainerOptions { Name = "second" }, "sh", "-c", "echo second runs; sleep 2000000");
    }
}

/// <summary>The same pod by the Sandbox API.</summary>
public sealed class TwoContainersWithoutPause(NodeFixture fixture) : TwoContainers(fixture)
{
    /// <inheritdoc/>
    protected override string Handler => SandboxApi.Handler;

    /// <inheritdoc/>
    public override bool IsThere => SandboxApi.IsThere;
}
