using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Nodes;
using Xunit;

namespace KataShimNet.EndToEndTests.Cri;

/// <summary>A test that runs pods of its own. They are removed at its end, and it fails when anything of them is left on the node.</summary>
/// <remarks>A pod boots a virtual machine: tests that can share one use a <see cref="PodFixture"/>.</remarks>
[Collection(NodeCollection.Name)]
public abstract class PodTest(NodeFixture fixture) : IAsyncLifetime
{
    /// <summary>The pods, and the connection to containerd.</summary>
    protected PodScope Pods { get; private set; } = null!;

    /// <summary>The node.</summary>
    protected TestNode Node => fixture.Node;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync() => Pods = await PodScope.BeginAsync(fixture);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Pods?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Runs a pod.</summary>
    protected Task<Pod> RunPodAsync(PodOptions? options = null) => Pods.RunPodAsync(options);
}
